import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';
import { MailRelayError } from '../core/mail-relay-error.js';

/** What `withSql()` takes. @publicApi */
export interface SqlStorageOptions {
  /**
   * The SQLite file, relative to the working directory. It is made when it is missing, with the folders that lead to it,
   * and belongs to one relay in one process. Put it on a local disk that outlives the container.
   */
  readonly file: string;
  /** How long finished mail is remembered. */
  readonly retention?:
    | {
        /**
         * Outcomes for `status()`, and idempotency keys, milliseconds.
         *
         * @default 7 days
         */
        readonly finishedMs?: number | undefined;
        /**
         * Mails the relay gave up on, with their message, milliseconds.
         *
         * @default 30 days
         */
        readonly keptMs?: number | undefined;
      }
    | undefined;
  /**
   * How long to wait at boot for a process that still holds the file, such as the one before in a restart, milliseconds.
   *
   * @default 5000
   */
  readonly lockWaitMs?: number | undefined;
}

/** What `withSql()` takes when the options come from a factory. @publicApi */
export interface SqlStorageAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  // The arguments are what `inject` names; only the application knows their types.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly useFactory: (...args: any[]) => SqlStorageOptions | Promise<SqlStorageOptions>;
}

const KNOWN: ReadonlySet<string> = new Set(['file', 'retention', 'lockWaitMs']);
const KNOWN_RETENTION: ReadonlySet<string> = new Set(['finishedMs', 'keptMs']);
/** What SQLite reads as something else than a file that lasts. */
const NO_FILE = /^$|^:memory:$|^file:/i;

/** @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS`, with everything that is wrong */
export function checkSqlOptions(options: SqlStorageOptions): SqlStorageOptions {
  const { file, retention = {}, lockWaitMs } = options;
  const problems: string[] = [];
  if (typeof file !== 'string' || NO_FILE.test(file)) {
    problems.push('file must be the path of a file, such as data/mail.db');
  }
  const durations = {
    lockWaitMs,
    'retention.finishedMs': retention.finishedMs,
    'retention.keptMs': retention.keptMs,
  };
  for (const [name, value] of Object.entries(durations)) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      problems.push(`${name} must be whole milliseconds`);
    }
  }
  const unknown = [
    ...Object.keys(options).filter((key) => !KNOWN.has(key)),
    ...Object.keys(retention).flatMap((key) => (KNOWN_RETENTION.has(key) ? [] : `retention.${key}`)),
  ];
  for (const key of unknown) problems.push(`${key} is no option`);
  if (problems.length === 0) return options;
  throw new MailRelayError(
    'ERR_MAIL_RELAY_OPTIONS',
    `The options of withSql() are wrong: ${problems.join('; ')}.`,
    { field: 'features' },
  );
}
