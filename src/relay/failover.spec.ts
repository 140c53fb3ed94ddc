import { describe, expect, it } from 'vitest';
import { failedOutcome } from '../core/failure/delivery-outcome.js';
import type { SmtpStage } from '../core/failure/delivery-failure.js';
import { classifyFailure } from '../core/failure/failure-classifier.js';
import { parseSmtpReply } from '../core/failure/smtp-reply.js';
import { nextTransport } from './failover.js';

const ADDRESS = 'ada@example.test';
const answer = (stage: SmtpStage, text: string) =>
  failedOutcome(
    ADDRESS,
    classifyFailure({ provenance: 'smtp', stage, reply: parseSmtpReply(text), upstream: 'relay' }),
  );
const lost = (stage: SmtpStage) =>
  failedOutcome(ADDRESS, classifyFailure({ provenance: 'network', stage, upstream: 'relay' }));
const FIRST = { asked: 1, attempt: 1 };

describe('the next transport', () => {
  it.each([
    ['that cannot be reached', lost('conn')],
    ['that greets with a 5yz', answer('greeting', '554 5.3.2 No')],
    ['whose TLS fails', lost('tls')],
    ['that refuses the login', answer('auth', '535 5.7.8 Bad credentials')],
    ['whose quota is used up', answer('mail', '454 4.7.0 Daily message quota exceeded')],
  ])('is asked at once after one %s', (_, outcome) => {
    expect(nextTransport(outcome, FIRST)).toBe('any');
  });

  it.each([
    ['no such user', answer('rcpt', '550 5.1.1 No such user')],
    ['a full mailbox', answer('rcpt', '452 4.2.2 Over quota')],
    ['a greylisting', answer('rcpt', '450 4.7.1 Greylisted, please try again')],
    ['a 4yz about the recipient', answer('rcpt', '451 4.3.0 Try later')],
    ['a refused message', answer('eod', '552 5.3.4 Too big')],
    ['a refused sender', answer('mail', '550 5.1.8 Bad sender')],
    ['a lost answer to the dot', lost('eod')],
    ['sent', { address: ADDRESS, state: 'sent' } as const],
  ])('is never asked after %s', (_, outcome) => {
    expect(nextTransport(outcome, { asked: 1, attempt: 9 })).toBe('none');
  });

  it.each([
    ['the connection is lost at MAIL', lost('mail')],
    ['the connection is lost in the body', lost('body')],
    ['MAIL gets a 451', answer('mail', '451 4.3.0 Local error')],
  ])('is asked from the third attempt on when %s', (_, outcome) => {
    expect([1, 2, 3].map((attempt) => nextTransport(outcome, { asked: 1, attempt }))).toEqual([
      'none',
      'none',
      'any',
    ]);
  });

  it('is asked once after a block for reputation', () => {
    const blocked = answer('eod', '554 5.7.1 Blocked using a DNS blocklist, poor reputation');
    expect(blocked).toMatchObject({ failure: { class: 'block.reputation' } });
    expect([1, 2].map((asked) => nextTransport(blocked, { asked, attempt: 1 }))).toEqual(['any', 'none']);
  });

  it.each(['451 4.7.26 Unauthenticated email', '550 5.7.26 Unauthenticated email is not accepted, DMARC'])(
    'has to authenticate the From domain after %s',
    (text) => {
      expect(nextTransport(answer('eod', text), FIRST)).toBe('authenticating');
    },
  );
});
