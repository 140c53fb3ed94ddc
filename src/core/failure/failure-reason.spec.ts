import { describe, expect, it } from 'vitest';
import { FAILURE_CLASSES, SMTP_STAGES } from './delivery-failure.js';
import { actionOf, FAILURE_ACTIONS } from './failure-action.js';
import { classifyFailure } from './failure-classifier.js';
import { FAILURE_REASONS, reasonOf } from './failure-reason.js';
import { summarizeFailure } from './failure-summary.js';
import { parseSmtpReply } from './smtp-reply.js';

const lost = classifyFailure({ provenance: 'network', stage: 'conn', upstream: 'relay' });

describe('reasonOf', () => {
  it.each([
    ['rcpt', '550 5.1.1 User unknown', 'invalid_recipient'],
    ['rcpt', '550 5.2.1 refused', 'mailbox_disabled'],
    ['rcpt', '550 The account has been disabled', 'mailbox_disabled'],
    ['rcpt', '556 5.1.10 null MX', 'invalid_domain'],
    ['rcpt', '452 4.2.2 full', 'mailbox_full'],
    ['rcpt', '550 5.7.1 members only', 'recipient_filtered'],
    ['rcpt', '450 4.2.1 too quickly', 'rate_limited'],
    ['greeting', '421 Too many connections', 'rate_limited'],
    ['mail', '452 4.5.3 Daily limit exceeded', 'rate_limited'],
    ['rcpt', '450 4.7.1 Greylisted', 'greylisted'],
    ['rcpt', '554 5.7.1 blocked using zen.spamhaus.org', 'ip_blocked'],
    ['mail', '550 5.1.8 Domain of sender does not exist', 'sender_rejected'],
    ['eod', '550 5.7.26 unauthenticated', 'auth_failed'],
    ['auth', '535 5.7.8 Bad credentials', 'auth_failed'],
    ['eod', '554 5.7.1 Looks like spam', 'spam_content'],
    ['eod', '552 5.7.0 Message contains a virus', 'spam_content'],
    ['eod', '552 5.3.4 refused', 'too_large'],
    ['eod', '554 5.2.3 refused', 'too_large'],
    ['eod', '550 5.6.0 refused', 'content_error'],
    ['eod', '451 4.3.0 later', 'network'],
    ['eod', 'garbage', 'network'],
    ['tls', '454 4.7.0 no', 'tls'],
    ['ehlo', '500 what?', 'system'],
    ['eod', '554 5.4.7 expired', 'expired'],
    ['rcpt', '450 refused', 'unknown'],
    ['rcpt', '550 refused', 'unknown'],
  ] as const)('is at %s of %s', (stage, raw, expected) => {
    const reply = parseSmtpReply(raw);
    expect(reasonOf(classifyFailure({ provenance: 'smtp', stage, upstream: 'relay', reply }))).toBe(expected);
  });

  it.each(FAILURE_CLASSES)('has a reason without any reply for %s', (failureClass) => {
    expect(FAILURE_REASONS).toContain(reasonOf({ ...lost, class: failureClass }));
  });
});

describe('actionOf', () => {
  it.each([
    ['hard.recipient', 'remove'],
    ['network', 'retry'],
    ['block.reputation', 'other-ip'],
    ['policy.auth', 'fix-configuration'],
    ['message', 'change-content'],
    ['unknown.hard', 'review'],
  ] as const)('advises after %s: %s', (failureClass, expected) => {
    expect(actionOf({ class: failureClass })).toBe(expected);
  });

  it('advises after every class', () => {
    for (const failureClass of FAILURE_CLASSES)
      expect(FAILURE_ACTIONS).toContain(actionOf({ class: failureClass }));
  });
});

describe('summarizeFailure', () => {
  it('is one sentence for every class and stage', () => {
    for (const failureClass of FAILURE_CLASSES) {
      for (const stage of SMTP_STAGES) {
        expect(summarizeFailure(failureClass, stage)).toMatch(/^[A-Z][\w ]+: [\w ,]+\.$/);
      }
    }
  });
});
