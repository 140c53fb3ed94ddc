import { MailRelayError } from '../../../core/mail-relay-error.js';
import { CallContext } from '../calls/call-context.js';
import { ControlCalls } from '../calls/control-calls.js';
import { DeliveryCalls } from '../calls/delivery-calls.js';
import { EventCalls } from '../calls/event-calls.js';
import { JournalCalls } from '../calls/journal-calls.js';
import { JournalKeepingCalls } from '../calls/journal-keeping-calls.js';
import { abandoned } from '../calls/mail-state.js';
import { ScheduleCalls } from '../calls/schedule-calls.js';
import { SuppressionCalls } from '../calls/suppression-calls.js';
import { NEEDS_NO_FSYNC } from '../calls/spool-calls.js';
import { SpoolFile } from '../file/spool-file.js';
import { fileError } from '../file/sqlite-error.js';
import { SqliteConnection } from '../file/sqlite-connection.js';
import { sqlWriter, type SqlPackages } from '../file/sql-packages.js';
import { SPOOL_MIGRATIONS } from '../tables/spool-migrations.js';
import { writeSpoolQueries } from '../tables/spool-queries.js';
import { writeJournalQueries } from '../tables/journal-queries.js';
import type { JournalTables } from '../tables/journal-tables.js';
import type { SpoolTables } from '../tables/spool-tables.js';
import { writeSuppressionQueries } from '../tables/suppression-queries.js';
import type { SuppressionTables } from '../tables/suppression-tables.js';
import type { Call, CallAnswer, CallBatch, ThreadSettings, ToldError } from './messages.js';

const CLAIMS_PER_STEP = 500;

/** Runs batches of calls on the file, each in one transaction: all of its calls share the one sync of its commit. */
export class CallRunner {
  readonly #settings: ThreadSettings;
  readonly #file: SpoolFile;
  readonly #context: CallContext;
  readonly #targets: readonly object[];
  /** What the context holds in memory may be of a transaction that was rolled back. */
  #isStale = false;

  private constructor(
    settings: ThreadSettings,
    file: SpoolFile,
    context: CallContext,
    suppressions: SuppressionCalls,
    found: { readonly opened: number; readonly lastSeq: number },
  ) {
    this.#settings = settings;
    this.#file = file;
    this.#context = context;
    this.#targets = [
      new DeliveryCalls(context, found.opened, found.lastSeq),
      new ScheduleCalls(context, found.lastSeq),
      new ControlCalls(context),
      new EventCalls(context, found.opened),
      new JournalCalls(context),
      new JournalKeepingCalls(context),
      suppressions,
    ];
  }

  /** Opens the file and takes every claim away: whoever had it is gone, or could not have let go of the lock. */
  static async open(packages: SqlPackages, settings: ThreadSettings): Promise<CallRunner> {
    try {
      const file = new SpoolFile(packages, settings, SPOOL_MIGRATIONS);
      try {
        const spool = writeSpoolQueries(sqlWriter<SpoolTables>(packages), packages.kysely);
        const journal = writeJournalQueries(sqlWriter<JournalTables>(packages), packages.kysely);
        const context = new CallContext(new SqliteConnection(file.database), { spool, journal }, settings);
        const suppressions = new SuppressionCalls(
          context.db,
          writeSuppressionQueries(sqlWriter<SuppressionTables>(packages), packages.kysely),
        );
        await context.load();
        const opened = await endEarlierClaims(file, context);
        const last = await context.db.first(spool.lastMail, {});
        return new CallRunner(settings, file, context, suppressions, { opened, lastSeq: last?.seq ?? 0 });
      } catch (error) {
        file.close();
        throw error;
      }
    } catch (error) {
      throw fileError(settings.path, error);
    }
  }

  /** What cannot be done together is done one by one: no call fails because of another. */
  async run({ moment, calls }: CallBatch): Promise<readonly CallAnswer[]> {
    this.#context.moment = moment;
    try {
      return await this.#together(calls);
    } catch (error) {
      if (calls.length === 1) return [{ error: toldError(fileError(this.#settings.path, error)) }];
    }
    const answers: CallAnswer[] = [];
    for (const call of calls) answers.push(...(await this.run({ moment, calls: [call] })));
    return answers;
  }

  close(): void {
    this.#file.close();
  }

  async #together(calls: readonly Call[]): Promise<readonly CallAnswer[]> {
    const file = this.#file;
    const context = this.#context;
    try {
      file.begin(calls.some(({ name }) => !NEEDS_NO_FSYNC.has(name)));
      if (this.#isStale) await context.load();
      this.#isStale = false;
      const answers: CallAnswer[] = [];
      for (const call of calls) answers.push({ value: await this.#call(call) });
      await context.write();
      file.commit();
      if (calls.some(({ name }) => name === 'purge')) file.shrink();
      return answers;
    } catch (error) {
      this.#isStale = true;
      file.rollback();
      throw error;
    }
  }

  async #call({ name, args }: Call): Promise<unknown> {
    for (const target of this.#targets) {
      const method: unknown = (target as Readonly<Record<string, unknown>>)[name];
      if (typeof method === 'function') return (await method.apply(target, args)) as unknown;
    }
    throw new TypeError(`no such call: ${name}`);
  }
}

/** @returns how often the file was opened so far */
async function endEarlierClaims(
  file: SpoolFile,
  { db, queries, streams, journal }: CallContext,
): Promise<number> {
  for (;;) {
    file.begin(true);
    try {
      const rows = await db.all(queries.claims, { limit: CLAIMS_PER_STEP });
      for (const row of rows) {
        streams.change(row.stream_key, { claimed: -1 });
        await db.run(queries.writeState, { ...abandoned(row), ring_at: row.due_at, rings: 0 });
      }
      await streams.write();
      await db.run(journal.releaseReaders, {});
      const opened =
        rows.length < CLAIMS_PER_STEP ? await db.first(queries.counter, { name: 'opened' }) : undefined;
      file.commit();
      if (opened) return opened.value;
    } catch (error) {
      file.rollback();
      throw error;
    }
  }
}

export function toldError(error: MailRelayError): ToldError {
  const { code, message, field, cause } = error;
  return { code, message, field, cause: cause instanceof Error ? (cause.stack ?? cause.message) : undefined };
}
