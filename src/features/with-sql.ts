import type { Provider } from '@nestjs/common';
import { Clock } from '../core/schedule/clock.js';
import { EventLog } from '../events/log/event-log.js';
import { journalRetention } from '../journal/journal-retention.js';
import { JournalStore } from '../journal/journal-store.js';
import type { MailRelayFeatureInput } from '../mail-relay.feature.js';
import { SETTINGS } from '../mail-relay.tokens.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import { Spool } from '../spool/spool.js';
import {
  checkSqlOptions,
  type SqlStorageAsyncOptions,
  type SqlStorageOptions,
} from './sql-storage-options.js';
import { SqlSpool } from '../storage/sql/sql-spool.js';
import { SuppressionStore } from '../suppression/suppression-store.js';

/** What is kept of events where nobody looks them up: as much as listeners may have missed. */
const LOG_ONLY = { eventsMs: 7 * 86_400_000, countersMs: 0 };
const OPTIONS = 'nestjs-mail-relay:sql-options';

/**
 * Keeps mail in a SQLite file: what `queue()` accepted survives a crash of the process and of the machine, and a restart
 * goes on where it stopped. No server is needed; the file belongs to one process.
 *
 * @example
 * ```ts
 * MailRelayModule.forRoot({ from: 'Acme <hello@acme.test>', features: [withSql({ file: 'data/mail.db' })] })
 * ```
 * @example
 * ```ts
 * withSql({ inject: [ConfigService], useFactory: (config: ConfigService) => ({ file: config.getOrThrow('MAIL_FILE') }) })
 * ```
 * @publicApi
 */
export function withSql(options: SqlStorageOptions | SqlStorageAsyncOptions): MailRelayFeatureInput {
  const isAsync = 'useFactory' in options;
  return (relay) => ({
    imports: isAsync ? (options.imports ?? []) : [],
    providers: [
      isAsync
        ? { provide: OPTIONS, inject: options.inject ?? [], useFactory: options.useFactory }
        : { provide: OPTIONS, useValue: options },
      spoolProvider(relay),
      { provide: JournalStore, inject: [Spool], useFactory: ({ journal }: SqlSpool) => journal },
      { provide: EventLog, inject: [Spool], useFactory: ({ events }: SqlSpool) => events },
      { provide: SuppressionStore, inject: [Spool], useFactory: (spool: SqlSpool) => spool.suppressions },
    ],
  });
}

function spoolProvider(relay: string): Provider {
  return {
    provide: Spool,
    inject: [OPTIONS, Clock, SETTINGS],
    useFactory: (options: SqlStorageOptions, clock: Clock, { journal }: ResolvedOptions) => {
      const { file, retention, lockWaitMs } = checkSqlOptions(options);
      return SqlSpool.open({
        file,
        retention,
        lockWaitMs,
        relay,
        clock,
        journal: journalRetention(journal === false ? LOG_ONLY : journal, Number.MAX_SAFE_INTEGER),
      });
    },
  };
}
