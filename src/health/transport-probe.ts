import { answerWithin } from '../clock/answer-within.js';
import { waitFor } from '../clock/wait-for.js';
import type { Clock } from '../core/schedule/clock.js';
import type { MailTransport } from '../transports/mail-transport.js';

/** What was found out about a transport. */
export interface ProbeResult {
  readonly ok: boolean;
  /** The class of the failure, where there was one. */
  readonly failure?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly checkedAt: number;
}

export interface TransportProbeOptions {
  readonly transport: MailTransport;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Milliseconds since mail was last sent over it; undefined when never. */
  readonly sinceSent: () => number | undefined;
}

/** How long whoever asks waits for news; after that he gets what was known before, milliseconds. */
const WAIT_MS = 500;

/**
 * Asks one transport whether it would take mail: only when somebody wants to know, at most once in an interval, and not at
 * all when mail has just gone out.
 */
export class TransportProbe {
  readonly #o: TransportProbeOptions;
  #result: ProbeResult | undefined;
  #underway: Promise<void> | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;

  constructor(options: TransportProbeOptions) {
    this.#o = options;
  }

  /** What is known; undefined when it was never asked and does not answer at once. */
  async result(): Promise<ProbeResult | undefined> {
    const { clock, intervalMs, sinceSent } = this.#o;
    const quiet = sinceSent();
    if (quiet !== undefined && quiet < intervalMs) {
      this.#result = { ok: true, checkedAt: clock.now() - quiet };
      return this.#result;
    }
    if (!this.#underway && clock.steady() - this.#startedAt >= intervalMs) this.#begin();
    if (this.#underway) await waitFor(this.#underway, WAIT_MS);
    return this.#result;
  }

  #begin(): void {
    this.#startedAt = this.#o.clock.steady();
    this.#underway = this.#verify().finally(() => {
      this.#underway = undefined;
    });
  }

  async #verify(): Promise<void> {
    const { transport, clock, timeoutMs } = this.#o;
    const abort = new AbortController();
    try {
      const answer = await answerWithin(clock, timeoutMs, transport.verify(abort.signal));
      const checkedAt = clock.now();
      if (!answer) this.#result = { ok: false, failure: 'timeout', checkedAt };
      else if (answer.ok) this.#result = { ok: true, checkedAt };
      else this.#result = { ok: false, failure: answer.failure.class, checkedAt };
    } catch {
      // A transport that rejects here has a bug; its mail tells more.
      this.#result = { ok: false, failure: 'error', checkedAt: clock.now() };
    } finally {
      abort.abort();
    }
  }
}
