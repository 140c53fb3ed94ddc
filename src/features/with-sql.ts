import type { Provider } from '@nestjs/common';
import { Clock } from '../core/schedule/clock.js';
import { EventLog } from '../events/log/event-log.js';
import type { MailRelayFeatureInput } from '../mail-relay.feature.js';
import { Spool } from '../spool/spool.js';
import {
  checkSqlOptions,
  type SqlStorageAsyncOptions,
  type SqlStorageOptions,
} from './sql-storage-options.js';
import { SqlSpool } from '../storage/sql/sql-spool.js';
import { SuppressionStore } from '../suppression/suppression-store.js';

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
      { provide: EventLog, inject: [Spool], useFactory: ({ events }: SqlSpool) => events },
      { provide: SuppressionStore, inject: [Spool], useFactory: (spool: SqlSpool) => spool.suppressions },
    ],
  });
}

function spoolProvider(relay: string): Provider {
  return {
    provide: Spool,
    inject: [OPTIONS, Clock],
    useFactory: (options: SqlStorageOptions, clock: Clock) => {
      const { file, retention, lockWaitMs } = checkSqlOptions(options);
      return SqlSpool.open({ file, retention, lockWaitMs, relay, clock });
    },
  };
}
