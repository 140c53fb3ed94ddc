import type { MailId } from '../../core/mail/mail-id.js';
import {
  SpoolControl,
  type Change,
  type KeptPage,
  type KeptQuery,
  type KeptReason,
  type MailSelector,
  type PauseTarget,
  type StreamCounts,
} from '../../spool/spool-control.js';
import type { SpooledMail } from '../../spool/spooled-mail.js';
import type { SpoolClient } from './thread/spool-client.js';

/** What people and operators do with the mails of a SQLite file. */
export class SqlSpoolControl extends SpoolControl {
  readonly #client: SpoolClient;

  constructor(client: SpoolClient) {
    super();
    this.#client = client;
  }

  async cancel(which: MailSelector): Promise<Change> {
    return this.#client.ask('cancel', [which]);
  }

  async reschedule(which: MailSelector, dueAt: number): Promise<Change> {
    return this.#client.ask('reschedule', [which, dueAt]);
  }

  async pause(target: PauseTarget): Promise<void> {
    await this.#client.ask('pause', [target]);
  }

  async resume(target: PauseTarget): Promise<void> {
    await this.#client.ask('resume', [target]);
  }

  async paused(): Promise<readonly PauseTarget[]> {
    return this.#client.ask('paused', []);
  }

  async streams(): Promise<readonly StreamCounts[]> {
    return this.#client.ask('streams', []);
  }

  async kept(query: KeptQuery): Promise<KeptPage> {
    return this.#client.ask('kept', [query]);
  }

  async keptCounts(): Promise<Readonly<Record<KeptReason, number>>> {
    return this.#client.ask('keptCounts', []);
  }

  async replay(id: MailId, lifetimeMs: number): Promise<SpooledMail | undefined> {
    return this.#client.ask('replay', [id, lifetimeMs]);
  }

  async discard(id: MailId): Promise<boolean> {
    return this.#client.ask('discard', [id]);
  }

  async purge(limit: number): Promise<number> {
    const gone = await this.#client.ask('purge', [limit]);
    await this.#client.ask('purgeJournal', [limit]);
    return gone;
  }
}
