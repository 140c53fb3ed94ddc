import { describe, expect, it } from 'vitest';
import { failedOutcome, type DeliveryOutcome } from '../failure/delivery-outcome.js';
import type { DeliveryFailure, SmtpStage } from '../failure/delivery-failure.js';
import { classifyFailure } from '../failure/failure-classifier.js';
import type { FailureEvidence } from '../failure/failure-evidence.js';
import { parseSmtpReply } from '../failure/smtp-reply.js';
import { readTry } from './circuit-evidence.js';

const sent: DeliveryOutcome = { address: 'ada@example.test', state: 'sent' };
const failed = (failure: DeliveryFailure): DeliveryOutcome => failedOutcome('bob@example.test', failure);
const answer = (stage: SmtpStage, text: string, more: Partial<FailureEvidence> = {}): DeliveryFailure =>
  classifyFailure({ provenance: 'smtp', stage, reply: parseSmtpReply(text), upstream: 'relay', ...more });
const lost = (stage: SmtpStage, provenance: FailureEvidence['provenance'] = 'network'): DeliveryFailure =>
  classifyFailure({ provenance, stage, upstream: 'relay', errorCode: 'ECONNRESET' });

const transport = (...outcomes: DeliveryOutcome[]) => readTry(outcomes).transport;
const identity = (...outcomes: DeliveryOutcome[]) => readTry(outcomes).identity;

describe('what a try tells about its transport', () => {
  it.each([
    ['no such user', answer('rcpt', '550 5.1.1 No such user')],
    ['a greylisting', answer('rcpt', '450 4.7.1 Greylisted, please try again')],
    ['a full mailbox', answer('rcpt', '452 4.2.2 Over quota')],
    ['a message too large', answer('eod', '552 5.3.4 Message too big')],
    ['spam', answer('eod', '554 5.7.1 Spam message rejected')],
    ['a sender that is refused', answer('mail', '550 5.7.1 Sender refused')],
  ])('never counts %s against it', (_, failure) => {
    expect(transport(failed(failure))).toEqual({ kind: 'works' });
  });

  it.each([
    ['refused', lost('conn')],
    ['unresolved', lost('dns')],
    ['greeted with a 5yz', answer('greeting', '554 5.3.2 Not accepting mail')],
    ['without TLS', lost('tls')],
  ])('opens at once when the connection is %s', (_, failure) => {
    expect(transport(failed(failure))).toMatchObject({ kind: 'fails', reason: 'unreachable', atOnce: true });
  });

  it.each([
    ['at MAIL', lost('mail')],
    ['in the body', lost('body')],
    ['after the dot', classifyFailure({ provenance: 'network', stage: 'eod', upstream: 'relay' })],
    ['by a deadline', lost('data', 'timeout')],
  ])('counts a connection that is lost %s', (_, failure) => {
    expect(transport(failed(failure))).toMatchObject({ kind: 'fails', reason: 'unreachable', atOnce: false });
  });

  it('counts nothing that we did ourselves', () => {
    expect(transport(failed(lost('conn', 'aborted')))).toEqual({ kind: 'nothing' });
    expect(transport(failed(lost('conn', 'local')))).toEqual({ kind: 'nothing' });
    expect(transport()).toEqual({ kind: 'nothing' });
  });

  it('does not count a throttling, which is an answer', () => {
    expect(transport(failed(answer('rcpt', '421 4.7.28 Too many messages')))).toEqual({ kind: 'answers' });
    expect(transport(failed(answer('mail', '421 4.3.2 Service shutting down')))).toEqual({ kind: 'answers' });
    expect(transport(failed(answer('greeting', '421 Busy')))).toEqual({ kind: 'answers' });
    expect(transport(failed(answer('greeting', '421 4.7.0 Too many connections')))).toEqual({
      kind: 'answers',
    });
  });

  it('opens at once for the account and for its quota', () => {
    expect(transport(failed(answer('auth', '535 5.7.8 Bad credentials')))).toMatchObject({
      kind: 'fails',
      reason: 'account',
      atOnce: true,
    });
    expect(transport(failed(answer('mail', '454 4.7.0 Daily message quota exceeded')))).toMatchObject({
      kind: 'fails',
      reason: 'quota',
      atOnce: true,
    });
  });

  it('takes one recipient that got through as proof, unless the account or quota ended', () => {
    expect(transport(sent, failed(lost('rcpt')))).toEqual({ kind: 'works' });
    expect(transport(sent, failed(answer('rcpt', '550 5.4.5 Daily sending quota exceeded')))).toMatchObject({
      reason: 'quota',
    });
  });
});

describe('what a try tells about its From domain', () => {
  it('opens at once when the transport itself refuses the sender', () => {
    const refused = answer('mail', '550 5.7.1 Sender refused');
    expect(identity(failed(refused))).toMatchObject({ kind: 'fails', reason: 'identity', atOnce: true });
  });

  it('opens at once when the From domain is not verified with the account', () => {
    const failure = answer('eod', '554 Message rejected: Email address is not verified.', {
      provider: 'ses',
    });
    expect(failure).toMatchObject({ class: 'our_account', scope: 'identity' });
    expect(identity(failed(failure))).toMatchObject({ kind: 'fails', atOnce: true });
    expect(transport(failed(failure))).toEqual({ kind: 'works' });
  });

  it('counts what may be the opinion of one destination', () => {
    const dmarc = answer('eod', '550 5.7.26 Unauthenticated email is not accepted due to DMARC policy');
    expect(dmarc).toMatchObject({ class: 'policy.auth', scope: 'identity' });
    expect(identity(failed(dmarc))).toMatchObject({ kind: 'fails', atOnce: false });
  });

  it('works when somebody got the mail, and says nothing otherwise', () => {
    expect(identity(sent)).toEqual({ kind: 'works' });
    expect(identity(sent, failed(lost('rcpt')))).toEqual({ kind: 'works' });
    expect(identity(failed(lost('conn')))).toEqual({ kind: 'nothing' });
  });
});
