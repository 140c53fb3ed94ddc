import { waitFor } from '../../clock/wait-for.js';
import { ScriptLine, type MailScript, type ScriptedFailure } from './mail-script.js';
import {
  checkQuery,
  describeQuery,
  matchesQuery,
  meansRecipient,
  type MailQuery,
  type QueriedMail,
} from './mail-query.js';
import type { SentMail } from './sent-mail.js';

/** How {@link TestMailbox.waitFor} waits. @publicApi */
export interface WaitForMailOptions {
  /** @default 2000 */
  readonly timeoutMs?: number | undefined;
  /** Resolves with the mail that makes it so many. @default 1 */
  readonly count?: number | undefined;
}

interface Waiter {
  readonly query: MailQuery;
  readonly count: number;
  readonly resolve: (mail: SentMail) => void;
}

/** How many mails an error tells of. */
const MAX_SHOWN = 10;

/**
 * Where mail goes in tests: everything a relay sent, instead of the transports. One mailbox belongs to one module
 * instance, so that tests that run side by side never see each other's mail.
 *
 * @publicApi
 */
export class TestMailbox {
  readonly #mails: SentMail[] = [];
  readonly #waiters = new Set<Waiter>();
  #script: ScriptLine[] = [];

  /** The mails that were taken and that the query means, oldest first; all without a query. */
  sent(query: MailQuery = {}): readonly SentMail[] {
    checkQuery(query);
    return this.#mails.filter((mail) => matchesQuery(mail, query));
  }

  /**
   * The last of them.
   *
   * @throws Error that tells what is there, when there is none
   */
  last(query: MailQuery = {}): SentMail {
    const mail = this.sent(query).at(-1);
    if (mail) return mail;
    throw new Error(`The mailbox does not hold ${describeQuery(query)}. ${this.describe()}`);
  }

  /**
   * Resolves as soon as there is such a mail, with the first one; at once when it is there already.
   *
   * @throws Error that tells what is there, when the time is over
   */
  async waitFor(query: MailQuery = {}, options: WaitForMailOptions = {}): Promise<SentMail> {
    const { timeoutMs = 2_000, count = 1 } = options;
    const there = this.sent(query)[count - 1];
    if (there) return there;
    let waiter: Waiter | undefined;
    const arrival = new Promise<SentMail>((resolve) => {
      waiter = { query, count, resolve };
      this.#waiters.add(waiter);
    });
    try {
      const mail = await waitFor(arrival, timeoutMs);
      if (mail) return mail;
    } finally {
      if (waiter) this.#waiters.delete(waiter);
    }
    const wanted = count === 1 ? describeQuery(query) : `${count} of ${describeQuery(query)}`;
    throw new Error(`Waited ${timeoutMs} ms for ${wanted}. ${this.describe()}`);
  }

  /**
   * From now on mails that the query means fail in this way. The first line of the script that applies is used; for a
   * reply to RCPT only the recipients that `query.to` means are refused.
   *
   * @example
   * ```ts
   * mailbox.fail({ to: 'gone@example.test' }, { reply: '550 5.1.1 No such user' });
   * mailbox.fail({ template: 'invoice' }, { drop: 'after-dot', times: 1 });
   * ```
   */
  fail(query: MailQuery, how: ScriptedFailure): MailScript {
    const line = new ScriptLine(query, how);
    this.#script.push(line);
    return line;
  }

  /** Forgets every mail and every scripted failure. */
  clear(): void {
    this.#mails.length = 0;
    this.#script = [];
  }

  /** What is there, for people. In tests addresses are no secret: what arrived instead is what one needs to see. */
  describe(): string {
    if (this.#mails.length === 0) return 'It is empty.';
    const shown = this.#mails
      .slice(-MAX_SHOWN)
      .map(({ recipients, subject, template }) =>
        [
          `to ${recipients.join(', ')}`,
          `subject ${JSON.stringify(subject)}`,
          template && `template "${template}"`,
        ]
          .filter(Boolean)
          .join(', '),
      );
    const count = this.#mails.length;
    return `It holds ${count} ${count === 1 ? 'mail' : 'mails'}${count > MAX_SHOWN ? `, the last ${MAX_SHOWN}` : ''}:\n  ${shown.join('\n  ')}`;
  }

  /** @internal The transport puts it in. */
  take(mail: SentMail): void {
    this.#mails.push(mail);
    for (const waiter of this.#waiters) {
      if (!matchesQuery(mail, waiter.query)) continue;
      const found = this.sent(waiter.query)[waiter.count - 1];
      if (found) waiter.resolve(found);
    }
  }

  /** @internal The line of the script that this delivery runs into, and the recipients it means. */
  scripted(
    mail: QueriedMail,
  ): { readonly line: ScriptLine; readonly recipients: readonly string[] } | undefined {
    const line = this.useLine(({ query }) => matchesQuery(mail, query));
    return line && { line, recipients: mail.recipients.filter((one) => meansRecipient(line.query, one)) };
  }

  /** @internal The first line that applies and is meant; it has happened once more. */
  protected useLine(isMeant: (line: ScriptLine) => boolean): ScriptLine | undefined {
    const line = this.#script.find((one) => one.applies && isMeant(one));
    if (line) line.timesUsed++;
    return line;
  }
}
