import { describe, expect, it } from 'vitest';
import { mailEventBase } from '../events/mail-event-base.js';
import type { MailEvent } from '../events/mail-event.js';
import { sampleMail } from '../testing/sample-mail.js';
import { TestClock } from '../testing/test-clock.js';
import { classifyFailure } from '../core/failure/failure-classifier.js';
import { resolveHealthOptions, type HealthOptions } from './health-options.js';
import { MailHealth } from './mail-health.js';
import { RecentOutcomes } from './recent-outcomes.js';
import type { StorageResult } from './storage-probe.js';

const GONE = classifyFailure({
  provenance: 'smtp',
  stage: 'rcpt',
  upstream: 'relay',
  reply: { code: 550, enhanced: '5.1.1', text: 'No such user', consistent: true },
});
const mail = sampleMail({ id: '1' });
const base = { ...mailEventBase('sent', mail, 'ada@example.test', 1, 0), attempt: 1, transport: 'main' };
const sent: MailEvent = base;
const bounced: MailEvent = { ...base, type: 'bounced', failure: GONE, kind: 'hard', suppress: 'now' };

function reportOf(options: HealthOptions, storage: StorageResult, events: readonly MailEvent[] = []) {
  const clock = new TestClock();
  const outcomes = new RecentOutcomes(clock, ['main']);
  for (const event of events) outcomes.add(event);
  const health = new MailHealth({
    settings: resolveHealthOptions(options, 'default'),
    // Only its answer is asked for.
    storage: { result: async () => storage },
    transports: new Map(),
    states: { all: () => [] },
    outcomes,
    clock,
  });
  return health.report();
}

const up = (lagMs: number, oldestPendingMs = lagMs): StorageResult => ({
  ok: true,
  pending: 1,
  claimed: 0,
  lagMs,
  oldestPendingMs,
});
const many = (event: MailEvent, count: number): readonly MailEvent[] =>
  Array.from({ length: count }, () => event);

describe('the health of a relay', () => {
  it.each([
    [{}, up(300_000), false],
    [{}, up(300_001), true],
    [{ degraded: { lagMs: 10 } }, up(11), true],
    [{}, up(0, 5 * 24 * 3_600_000), false],
    [{ degraded: { oldestPendingMs: 10 } }, up(0, 11), true],
    [{ degraded: { oldestPendingMs: 10 } }, up(0, 10), false],
  ])('with %j and %j is degraded: %s', async (options, storage, degraded) => {
    expect(await reportOf(options, storage)).toMatchObject({ status: 'up', degraded });
  });

  it.each([
    [{}, [...many(sent, 10), ...many(bounced, 10)], true],
    [{}, [...many(sent, 11), ...many(bounced, 10)], false],
    [{}, many(bounced, 19), false],
    [{ degraded: { minOutcomes: 5, failedRatio: 0.2 } }, [...many(sent, 4), bounced], true],
  ])('with %j tells of too many that failed', async (options, events, degraded) => {
    const report = await reportOf(options, up(0), events);
    expect(report.degraded).toBe(degraded);
    expect(report.failedRatio).toBeCloseTo(
      events.filter(({ type }) => type === 'bounced').length / events.length,
    );
  });

  it('is down without its storage, unless readiness leaves it out', async () => {
    const away: StorageResult = { ok: false, reason: 'the storage cannot be reached' };
    expect(await reportOf({}, away)).toMatchObject({ status: 'down', storage: { status: 'down' } });
    expect(await reportOf({ readiness: ['transports'] }, away)).toMatchObject({
      status: 'up',
      degraded: true,
    });
  });
});
