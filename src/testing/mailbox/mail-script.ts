import { classifyFailure } from '../../core/failure/failure-classifier.js';
import type { DeliveryFailure, SmtpStage } from '../../core/failure/delivery-failure.js';
import { parseSmtpReply } from '../../core/failure/smtp-reply.js';
import { checkQuery, type MailQuery } from './mail-query.js';

/**
 * What goes wrong. `reply`: what the server says, at a stage. `drop`: the connection is lost, before the final dot or
 * after it. `hang`: no answer, until the attempt's deadline.
 *
 * @publicApi
 */
export type ScriptedFailure = (
  | {
      /** Code, enhanced code and text: `'550 5.1.1 No such user'`. 4yz or 5yz. */
      readonly reply: string;
      /** At `rcpt` only the recipients the query means are refused, elsewhere the whole message. @default 'rcpt' */
      readonly stage?: SmtpStage | undefined;
    }
  | { readonly drop: 'before-dot' | 'after-dot' }
  | { readonly hang: true }
) & {
  /** How often it happens. @default every time */
  readonly times?: number | undefined;
};

/** One line of a mailbox's script. @publicApi */
export interface MailScript {
  /** How often it happened. */
  readonly timesUsed: number;
  /** From now on it does not happen. */
  remove(): void;
}

/** @internal */
export class ScriptLine implements MailScript {
  timesUsed = 0;
  #removed = false;
  readonly failure: DeliveryFailure | undefined;

  constructor(
    readonly query: MailQuery,
    readonly how: ScriptedFailure,
  ) {
    checkQuery(query);
    this.failure = failureOf(how);
  }

  get applies(): boolean {
    return !this.#removed && this.timesUsed < (this.how.times ?? Number.POSITIVE_INFINITY);
  }

  remove(): void {
    this.#removed = true;
  }
}

/** Undefined for what hangs: that ends as the attempt ends. */
function failureOf(how: ScriptedFailure): DeliveryFailure | undefined {
  if ('hang' in how) return undefined;
  if ('drop' in how) {
    const stage = how.drop === 'after-dot' ? 'eod' : 'body';
    return classifyFailure({ provenance: 'network', stage, upstream: 'relay', errorCode: 'ECONNRESET' });
  }
  const reply = parseSmtpReply(how.reply);
  if (reply.code < 400) {
    throw new TypeError(
      `A scripted failure needs a reply that begins with a code of 400 to 599, such as '550 5.1.1 No such user'; given ${JSON.stringify(how.reply)}.`,
    );
  }
  return classifyFailure({ provenance: 'smtp', stage: how.stage ?? 'rcpt', upstream: 'relay', reply });
}
