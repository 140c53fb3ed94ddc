import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { GatheredWrites } from './gathered-writes.js';
import { OpenWaits } from './open-waits.js';
import type { RedisClient } from './redis-client.js';
import { isConnectionLost, refusalOf, spoolUnavailable, troubleOf } from './redis-failure.js';
import { SpoolScripts, type ScriptAnswer, type ScriptArgument, type ScriptName } from './spool-scripts.js';

/** How a call waits. */
export interface LinkCall {
  /** As in "the spool could not ...". */
  readonly what: string;
  /** From the call to its answer, reconnecting included, milliseconds. */
  readonly timeoutMs: number;
  readonly mailId?: string | undefined;
  /** Asks again while Redis refuses, until the time is over: for what must not be lost. @default false */
  readonly patient?: boolean | undefined;
  /** Changes nothing, so that without an answer nothing was done. @default false */
  readonly reads?: boolean | undefined;
}

/** Between two tries of a patient call, milliseconds. */
const PAUSE_MS = 100;

/**
 * The spool's connection: every call has a deadline, is sent again when the connection was lost under it, and fails
 * with an error that says whether it may have been done. Scripts are written so that doing them twice is doing them once.
 */
export class RedisLink {
  readonly client: RedisClient;
  readonly #scripts: SpoolScripts;
  readonly #waits = new OpenWaits();
  readonly #writes: GatheredWrites;
  #onFailure: (error: unknown) => void = () => undefined;
  /** One wait for all calls, however many there are. */
  #ready: Promise<boolean> | undefined;
  /** Why there is no connection; undefined while there is one. */
  #trouble: string | undefined;

  constructor(client: RedisClient, base: string) {
    this.client = client;
    this.#scripts = new SpoolScripts(client, base);
    this.#writes = new GatheredWrites(client);
    client.on('error', (error) => (this.#trouble = troubleOf(error)));
    client.on('ready', () => (this.#trouble = undefined));
  }

  /** Tells of every call that Redis did not answer, or refused for another reason than being full. */
  watch(onFailure: (error: unknown) => void): void {
    this.#onFailure = onFailure;
  }

  /** Nobody waits any longer; what was asked may have been done. */
  close(): void {
    this.#waits.end();
  }

  /** @throws MailRelayError `ERR_MAIL_RELAY_SPOOL_UNAVAILABLE` */
  async run(name: ScriptName, args: readonly ScriptArgument[], call: LinkCall): Promise<ScriptAnswer> {
    return this.ask(() => this.#scripts.run(name, args), call);
  }

  /**
   * Asks something of the connection, in the same way.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_SPOOL_UNAVAILABLE`
   */
  async ask<T>(ask: () => Promise<T>, call: LinkCall): Promise<T> {
    const until = performance.now() + call.timeoutMs;
    let unknown = false;
    let cause: unknown;
    for (;;) {
      if (this.client.status !== 'ready' && !(await this.#isReady(until))) break;
      try {
        this.#writes.gather();
        const work = ask().then(given);
        const left = until - performance.now();
        const answer = (await this.#waits.until(work, left)) ?? (await atHand(work));
        if (answer) return answer.value;
        unknown = true;
        break;
      } catch (error) {
        cause = error;
        if (isConnectionLost(error)) unknown = true;
        else if (refusalOf(error) === undefined) throw error;
        else if (!call.patient) break;
      }
      if (performance.now() + PAUSE_MS >= until || this.#waits.isOver) break;
      await pause(PAUSE_MS);
    }
    const maybeDone = unknown && call.reads !== true;
    const failure = spoolUnavailable({ ...call, unknown: maybeDone, cause, trouble: this.#trouble });
    // What is full is emptied by sending: nothing must wait for it to be well.
    if (refusalOf(cause) !== 'OOM') this.#onFailure(failure);
    throw failure;
  }

  /** True once the connection can be used; false when the time was over before. */
  async #isReady(until: number): Promise<boolean> {
    const { client } = this;
    if (client.status === 'ready') return true;
    if (client.status === 'wait') client.connect().catch(() => undefined);
    this.#ready ??= new Promise((resolve) => {
      client.once('ready', () => {
        this.#ready = undefined;
        resolve(true);
      });
    });
    const left = Math.max(0, until - performance.now());
    return (await this.#waits.until(this.#ready, left)) ?? false;
  }
}

/**
 * What has come by now. Where this process was too busy to look, the answer may lie unread: then Redis was not late.
 */
async function atHand<T>(work: Promise<T>): Promise<T | undefined> {
  const turns = nextTurn().then(nextTurn);
  return Promise.race([work, turns.then(() => undefined)]);
}

/** Tells an answer of nothing from no answer. */
function given<T>(value: T): { readonly value: T } {
  return { value };
}
