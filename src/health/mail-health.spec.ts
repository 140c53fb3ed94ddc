import { describe, expect, it } from 'vitest';
import { TransportStates, type TransportState } from '../circuits/transport-states.js';
import { TestClock } from '../testing/test-clock.js';
import { resolveHealthOptions } from './health-options.js';
import { MailHealth } from './mail-health.js';
import { RecentOutcomes } from './recent-outcomes.js';

const COOLING_MS = 30_000;

/** A relay whose only transport has just gone down, and whose upstream answers what it is told to. */
function relayWithOneDown() {
  const clock = new TestClock();
  const since = clock.now();
  const transport: TransportState = {
    state: 'down',
    reason: 'account',
    summary: 'the login was refused',
    since: new Date(since),
    until: new Date(since + COOLING_MS),
  };
  class OneDown extends TransportStates {
    all() {
      return [{ name: 'primary', transport, identities: new Map<string, TransportState>() }];
    }
  }
  const upstream = { asked: 0, ok: true, checkedAt: () => clock.now() };
  const health = new MailHealth({
    settings: resolveHealthOptions({ readiness: ['transports'] }, 'default'),
    storage: { result: async () => ({ ok: true, pending: 0, claimed: 0, lagMs: 0 }) },
    transports: new Map([
      [
        'primary',
        {
          result: async () => {
            upstream.asked++;
            return { ok: upstream.ok, checkedAt: upstream.checkedAt() };
          },
        },
      ],
    ]),
    states: new OneDown(),
    outcomes: new RecentOutcomes(clock, ['primary']),
    clock,
  });
  return { clock, since, upstream, health };
}

describe('the health of a transport that went down', () => {
  it('is not asked for while the relay itself keeps away from it', async () => {
    const { clock, upstream, health } = relayWithOneDown();
    await clock.advance(COOLING_MS - 1);
    expect(await health.report()).toMatchObject({
      status: 'down',
      transports: { primary: { status: 'down', reason: 'account' } },
    });
    expect(upstream.asked).toBe(0);
  });

  it('is up again when its upstream answers after that, although no mail has gone yet', async () => {
    const { clock, health } = relayWithOneDown();
    await clock.advance(COOLING_MS);
    expect(await health.report()).toMatchObject({
      status: 'up',
      degraded: false,
      transports: { primary: { status: 'up', circuit: 'down' } },
    });
  });

  it('stays down while its upstream does not take mail', async () => {
    const { clock, upstream, health } = relayWithOneDown();
    upstream.ok = false;
    await clock.advance(COOLING_MS);
    expect((await health.report()).status).toBe('down');
  });

  it('is not proven by what was known before it went down', async () => {
    const { clock, since, upstream, health } = relayWithOneDown();
    upstream.checkedAt = () => since - 1;
    await clock.advance(COOLING_MS);
    expect((await health.report()).status).toBe('down');
  });
});
