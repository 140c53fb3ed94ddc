import type { Clock } from '../../core/schedule/clock.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import type { Intake } from '../intake.js';
import type { Spool, SpoolReceipt } from '../../spool/spool.js';
import type { MadeMail } from './made-mail.js';

/** What the spool answered for a mail. */
export interface StoredMail {
  readonly mail: MadeMail;
  readonly answer: SpoolReceipt | MailRelayError;
}

export interface BatchStoreOptions {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly intake: Intake;
}

/** How long to wait before a full spool is asked again, milliseconds. */
const FULL_WAIT_MS = 200;
/** How long a spool may stay full without taking a single mail, milliseconds. */
const PATIENCE_MS = 120_000;

/** Stores batches; waits while the spool is full, because a bounded spool empties as mails are sent. */
export class BatchStore {
  readonly #spool: Spool;
  readonly #clock: Clock;
  readonly #intake: Intake;
  readonly #signal: AbortSignal | undefined;

  constructor({ spool, clock, intake }: BatchStoreOptions, signal?: AbortSignal) {
    this.#spool = spool;
    this.#clock = clock;
    this.#intake = intake;
    this.#signal = signal;
  }

  /**
   * Yields what was stored or refused, as the spool takes it; each mail once, those that found no room before an abort
   * not at all.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_SPOOL_FULL` when the spool stays full, `ERR_MAIL_RELAY_CLOSED` once the relay
   *   takes no more mail
   */
  async *store(batch: readonly MadeMail[]): AsyncGenerator<readonly StoredMail[], void> {
    let rest = batch;
    let patience = this.#clock.now() + PATIENCE_MS;
    while (rest.length > 0 && !this.#signal?.aborted) {
      // The source may have ended, and the spool been full, long before: nobody may be left to send this.
      this.#intake.refuseWhenClosed();
      const answers = await this.#spool.addMany(rest.map(({ entry }) => entry));
      const found = rest.map((mail, i): StoredMail => ({ mail, answer: answerOf(answers, i) }));
      const full = found.filter(({ answer }) => MailRelayError.is(answer, 'ERR_MAIL_RELAY_SPOOL_FULL'));
      const taken = found.filter((one) => !full.includes(one));
      if (taken.length > 0) {
        patience = this.#clock.now() + PATIENCE_MS;
        yield taken;
      }
      const [first] = full;
      if (first && first.answer instanceof Error && this.#clock.now() >= patience) throw first.answer;
      if (full.length > 0) await this.#pause();
      rest = full.map(({ mail }) => mail);
    }
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel();
        this.#signal?.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#clock.after(FULL_WAIT_MS, end);
      this.#signal?.addEventListener('abort', end, { once: true });
    });
  }
}

function answerOf(
  answers: readonly (SpoolReceipt | MailRelayError)[],
  i: number,
): SpoolReceipt | MailRelayError {
  const answer = answers[i];
  if (!answer) throw new TypeError('a spool answers for every entry of a batch');
  return answer;
}
