import { randomBytes } from 'node:crypto';
import type { RedisLink } from './redis-link.js';
import type { RedisSpoolSettings } from './redis-spool-settings.js';
import type { ScriptAnswer } from './spool-scripts.js';

const TIMEOUT_MS = 5_000;

/**
 * A random word that lies beside the mails. Where it is gone or another one, so are the mails: Redis was emptied, or
 * replaced by one that knew nothing.
 */
export class SpoolMark {
  readonly #link: RedisLink;
  readonly #s: RedisSpoolSettings;
  #known: string | undefined;

  constructor(link: RedisLink, settings: RedisSpoolSettings) {
    this.#link = link;
    this.#s = settings;
  }

  /** Makes the mark unless there is one. */
  async learn(): Promise<void> {
    const key = `${this.#s.base}e`;
    const { client } = this.#link;
    const call = { what: 'be opened', timeoutMs: TIMEOUT_MS };
    await this.#link.ask(() => client.setnx(key, randomBytes(9).toString('base64url')), call);
    this.#known = (await this.#link.ask(() => client.get(key), call)) ?? undefined;
  }

  /** Raises the alarm when this is no longer the spool that was opened. */
  async check(mark: ScriptAnswer | undefined): Promise<void> {
    const found = Buffer.isBuffer(mark) ? mark.toString() : undefined;
    if (this.#known === undefined || found === this.#known) return;
    this.#s.log.error(
      'The spool in Redis is not the one this process has written to: it was emptied (FLUSHALL, FLUSHDB), or replaced ' +
        'by one without its data. Every mail that was pending in it is lost unless you restore it. What is accepted ' +
        'from now on is kept in the new one.',
    );
    await this.learn();
  }

  forget(): void {
    this.#known = undefined;
  }
}
