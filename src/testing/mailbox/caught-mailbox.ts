import type { MailScript, ScriptedFailure, ScriptLine } from './mail-script.js';
import { matchesQuery, meansRecipient, type MailQuery, type QueriedMail } from './mail-query.js';
import { TestMailbox } from './test-mailbox.js';

/** Where in an SMTP transaction a failure happens: at RCPT TO, or when the message was read. */
type SmtpMoment = 'rcpt' | 'eod';

/** What of a query a server knows by then. */
const KNOWN: Readonly<Record<SmtpMoment, readonly string[]>> = {
  rcpt: ['to'],
  eod: ['to', 'from', 'subject', 'text'],
};

/** The mailbox of an SMTP server: its script is refused where no SMTP server could follow it. */
export class CaughtMailbox extends TestMailbox {
  /** The one line that each transaction runs into, by its envelope. */
  readonly #used = new WeakMap<object, ScriptLine>();

  /** @throws TypeError for what an SMTP server cannot do, or cannot know in time */
  override fail(query: MailQuery, how: ScriptedFailure): MailScript {
    const line = super.fail(query, how);
    try {
      checkOverSmtp(query, how);
    } catch (error) {
      line.remove();
      throw error;
    }
    return line;
  }

  /** What happens to RCPT TO. A line counts once a transaction, however many of its recipients it means. */
  failureAtRcpt(transaction: object, address: string): ScriptedFailure | undefined {
    const used = this.#used.get(transaction);
    if (used) return meansRecipient(used.query, address) ? used.how : undefined;
    return this.#use(transaction, 'rcpt', ({ query }) => meansRecipient(query, address));
  }

  /** What happens to a message that was read. */
  failureAtEnd(transaction: object, mail: QueriedMail): ScriptedFailure | undefined {
    if (this.#used.has(transaction)) return undefined;
    return this.#use(transaction, 'eod', ({ query }) => matchesQuery(mail, query));
  }

  #use(
    transaction: object,
    moment: SmtpMoment,
    means: (line: ScriptLine) => boolean,
  ): ScriptedFailure | undefined {
    const line = this.useLine((one) => momentOf(one.how) === moment && means(one));
    if (line) this.#used.set(transaction, line);
    return line?.how;
  }
}

/** Undefined for what happens at neither. */
function momentOf(how: ScriptedFailure): SmtpMoment | undefined {
  // Once the client has sent the dot, it cannot know that the connection was lost before it.
  if ('hang' in how) return 'rcpt';
  if ('drop' in how) return how.drop === 'after-dot' ? 'eod' : 'rcpt';
  const { stage = 'rcpt' } = how;
  return stage === 'rcpt' || stage === 'eod' ? stage : undefined;
}

function checkOverSmtp(query: MailQuery, how: ScriptedFailure): void {
  const moment = momentOf(how);
  if (moment === undefined) {
    throw new TypeError("The mail catcher gives a scripted reply at stage 'rcpt' or 'eod', and at no other.");
  }
  const known = KNOWN[moment];
  const unknown = Object.entries(query).find(([key, value]) => value !== undefined && !known.includes(key));
  if (!unknown) return;
  const when =
    moment === 'rcpt' ? "at RCPT TO, where this failure happens (a reply: say stage: 'eod')" : 'over SMTP';
  throw new TypeError(
    `The mail catcher does not know "${unknown[0]}" ${when}. It knows: ${known.join(', ')}.`,
  );
}
