import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeliveryFailure } from '../failure/delivery-failure.js';
import { classifyFailure } from '../failure/failure-classifier.js';
import { DEFAULT_RETRY_POLICY, giveUpAt, nextDelayMs } from './retry-schedule.js';
import { parseSmtpReply } from '../failure/smtp-reply.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const policy = DEFAULT_RETRY_POLICY;
const least = () => 0;
const most = () => 1 - Number.EPSILON;

function failed(raw: string, acceptedBefore = 0): DeliveryFailure {
  const reply = parseSmtpReply(raw);
  return classifyFailure({ provenance: 'smtp', stage: 'rcpt', upstream: 'relay', reply, acceptedBefore });
}

const lost = classifyFailure({ provenance: 'network', stage: 'conn', upstream: 'relay' });
const uncertain = classifyFailure({ provenance: 'network', stage: 'eod', upstream: 'relay' });

describe('nextDelayMs', () => {
  it.each([
    [1, 1],
    [2, 5],
    [3, 15],
    [4, 30],
    [5, 60],
    [6, 120],
    [7, 240],
    [8, 240],
    [100, 240],
  ])('waits after attempt %i between %i minutes and half as long again', (attempt, minutes) => {
    expect(nextDelayMs({ attempt, failure: lost, policy, random: least })).toBe(minutes * MINUTE_MS);
    expect(nextDelayMs({ attempt, failure: lost, policy, random: most })).toBe(1.5 * minutes * MINUTE_MS);
  });

  it.each([
    ['a greylisting', failed('450 4.7.1 Greylisted'), 5 * MINUTE_MS],
    ['a block', failed('554 5.7.1 blocked using zen.spamhaus.org'), 30 * MINUTE_MS],
    ['an uncertain outcome', uncertain, 10 * MINUTE_MS],
    ['a used-up quota', failed('452 4.5.3 Daily limit exceeded'), HOUR_MS],
    ['a refused account', failed('530 5.7.1 Authentication required'), MINUTE_MS],
    ['a refusal that is tried again all the same', failed('550 5.1.1 User unknown'), MINUTE_MS],
    ['a full mailbox', failed('552 5.2.2 Mailbox full'), MINUTE_MS],
    ['a server that names a longer wait', failed('450 4.7.1 Greylisted for 20 minutes'), 20 * MINUTE_MS],
    ['a server that names a shorter wait', failed('450 4.7.1 Greylisted for 20 seconds'), 5 * MINUTE_MS],
  ])('waits at first at least this long after %s', (_, failure, expected) => {
    expect(nextDelayMs({ attempt: 1, failure, policy, random: least })).toBe(expected);
  });

  it('goes on at once with the rest of a split transaction', () => {
    const failure = failed('452 4.5.3 Too many recipients', 1);
    expect(nextDelayMs({ attempt: 1, failure, policy, random: most })).toBe(0);
  });

  it('does not split at once for ever', () => {
    const failure = failed('452 4.5.3 Too many recipients', 1);
    expect(nextDelayMs({ attempt: 101, failure, policy, random: least })).toBe(4 * HOUR_MS);
  });

  it('is quick with one more try after a sequence error, and patient after that', () => {
    const failure = failed('503 5.5.1 MAIL first');
    expect(nextDelayMs({ attempt: 1, failure, policy, random: least })).toBe(5000);
    expect(nextDelayMs({ attempt: 2, failure, policy, random: least })).toBe(5 * MINUTE_MS);
  });

  it('waits a minute where a policy names no wait', () => {
    const empty = { ...policy, delaysMs: [] };
    expect(nextDelayMs({ attempt: 3, failure: lost, policy: empty, random: least })).toBe(MINUTE_MS);
  });

  it.each([0, -1, Number.NaN])('takes attempt %d for the first', (attempt) => {
    const delayMs = nextDelayMs({ attempt, failure: lost, policy, random: least });
    expect(delayMs).toBe(MINUTE_MS);
  });

  it('is never shorter than what the server or the policy asks for', () => {
    const failures = fc.constantFrom(
      lost,
      uncertain,
      failed('450 4.7.1 Greylisted'),
      failed('550 5.7.1 spamhaus'),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        failures,
        fc.option(fc.integer({ min: 1, max: DAY_MS }), { nil: 0 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (attempt, failure, retryAfterMs, drawn) => {
          const asked = { attempt, failure: { ...failure, retryAfterMs }, policy };
          const shortest = nextDelayMs({ ...asked, random: least });
          const delayMs = nextDelayMs({ ...asked, random: () => drawn });
          expect(shortest).toBeGreaterThanOrEqual(Math.max(retryAfterMs, MINUTE_MS));
          expect(delayMs).toBeGreaterThanOrEqual(shortest);
          expect(delayMs).toBeLessThanOrEqual(1.5 * shortest);
          expect(Number.isInteger(delayMs)).toBe(true);
        },
      ),
    );
  });
});

describe('giveUpAt', () => {
  const full = failed('552 5.2.2 Mailbox full');

  it('is the expiry of the mail', () => {
    expect(giveUpAt({ failure: lost, createdAt: 0, expiresAt: 5 * DAY_MS, policy })).toBe(5 * DAY_MS);
  });

  it('is three days after the first due moment for a mailbox that a server calls full for good', () => {
    expect(giveUpAt({ failure: full, createdAt: 7, expiresAt: 5 * DAY_MS, policy })).toBe(7 + 3 * DAY_MS);
  });

  it('is never later than the expiry', () => {
    expect(giveUpAt({ failure: full, createdAt: 0, expiresAt: HOUR_MS, policy })).toBe(HOUR_MS);
  });
});
