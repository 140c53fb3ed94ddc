import { describeQuery, type MailQuery } from './mailbox/mail-query.js';
import { TestMailbox } from './mailbox/test-mailbox.js';

/** What a matcher returns to vitest or Jest. */
interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * Matchers for `expect.extend` of Jest. For vitest the entry point `nestjs-mail-relay/testing/vitest` does that, and
 * tells TypeScript.
 *
 * @publicApi
 */
export const mailRelayMatchers = {
  /** `expect(mailbox).toHaveSentMail({ to, template })`. */
  toHaveSentMail(received: unknown, query: MailQuery = {}): MatcherResult {
    const mailbox = mailboxOf(received);
    const found = mailbox.sent(query).length;
    return {
      pass: found > 0,
      message: () =>
        found > 0
          ? `Expected the mailbox not to hold ${describeQuery(query)}, but it holds ${found}. ${mailbox.describe()}`
          : `Expected the mailbox to hold ${describeQuery(query)}. ${mailbox.describe()}`,
    };
  },

  /** `expect(mailbox).toHaveSentMails(2, { stream: 'marketing' })`. */
  toHaveSentMails(received: unknown, count: number, query: MailQuery = {}): MatcherResult {
    const mailbox = mailboxOf(received);
    const found = mailbox.sent(query).length;
    return {
      pass: found === count,
      message: () => `Expected ${count} of ${describeQuery(query)}, found ${found}. ${mailbox.describe()}`,
    };
  },
};

/** What the matchers add to `expect(mailbox)`. @publicApi */
export interface MailRelayMatchers<Result = unknown> {
  /** The mailbox holds a mail that the query means. */
  toHaveSentMail(query?: MailQuery): Result;
  /** The mailbox holds so many of them. */
  toHaveSentMails(count: number, query?: MailQuery): Result;
}

function mailboxOf(received: unknown): TestMailbox {
  if (received instanceof TestMailbox) return received;
  throw new TypeError('This matcher is for a mailbox: expect(mailbox).toHaveSentMail({ to: … }).');
}
