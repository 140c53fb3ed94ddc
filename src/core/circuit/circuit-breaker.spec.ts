import { describe, expect, it } from 'vitest';
import { afterTry, askCircuit, DEFAULT_CIRCUIT_SETTINGS } from './circuit-breaker.js';
import type { CircuitEvidence, FailureOfCircuit } from './circuit-evidence.js';
import { CLOSED, type CircuitReason, type CircuitState } from './circuit-state.js';

const SETTINGS = DEFAULT_CIRCUIT_SETTINGS;
const fails = (reason: CircuitReason, changes: Partial<FailureOfCircuit> = {}): FailureOfCircuit => ({
  kind: 'fails',
  reason,
  atOnce: true,
  summary: 'why',
  ...changes,
});
const WORKS: CircuitEvidence = { kind: 'works' };

function after(state: CircuitState, evidence: CircuitEvidence, now: number, isProbe = false, failures = 1) {
  return afterTry(state, { evidence, isProbe, failures, now }, SETTINGS);
}

function openedBy(reason: CircuitReason, now = 0): CircuitState {
  return after(CLOSED, fails(reason), now);
}

function probing(state: CircuitState, now: number): CircuitState {
  const answer = askCircuit(state, now, SETTINGS);
  if (answer.kind !== 'probe') throw new Error(`expected a probe, got ${answer.kind}`);
  return answer.state;
}

describe('a circuit', () => {
  it('lets every try pass while it is closed', () => {
    expect(askCircuit(CLOSED, 0, SETTINGS)).toEqual({ kind: 'pass' });
  });

  it('opens at once where one failure says enough', () => {
    expect(openedBy('unreachable', 100)).toEqual({
      kind: 'open',
      reason: 'unreachable',
      since: 100,
      until: 5100,
      openings: 1,
      summary: 'why',
    });
  });

  it('opens after five failures in a row where one alone says little', () => {
    const once = fails('unreachable', { atOnce: false });
    expect(after(CLOSED, once, 0, false, 4)).toBe(CLOSED);
    expect(after(CLOSED, once, 0, false, 5)).toMatchObject({ kind: 'open' });
  });

  it.each([WORKS, { kind: 'answers' }, { kind: 'nothing' }] as const)(
    'stays closed when a try says $kind',
    (one) => {
      expect(after(CLOSED, one, 0)).toBe(CLOSED);
    },
  );

  it('is closed to all until its time is over, and then lets one probe pass', () => {
    const open = openedBy('unreachable');
    expect(askCircuit(open, 4999, SETTINGS)).toEqual({ kind: 'closed', until: 5000 });
    const half = probing(open, 5000);
    expect(half).toMatchObject({ kind: 'half-open', reason: 'unreachable', since: 0 });
    expect(askCircuit(half, 5001, SETTINGS)).toEqual({ kind: 'closed', until: 10_001 });
  });

  it('lets another probe pass when one is lost', () => {
    const half = probing(openedBy('unreachable'), 5000);
    expect(askCircuit(half, 5000 + SETTINGS.probeMs, SETTINGS)).toMatchObject({ kind: 'probe' });
  });

  it('closes when the probe works', () => {
    expect(after(probing(openedBy('account'), 60_000), WORKS, 60_100, true)).toEqual({ kind: 'closed' });
  });

  it('opens for longer each time a probe fails, up to its bound', () => {
    let state = openedBy('unreachable');
    const waits: number[] = [];
    for (let now = 0; waits.length < 6;) {
      if (state.kind !== 'open') throw new Error('expected an open circuit');
      waits.push(state.until - now);
      now = state.until;
      state = after(probing(state, now), fails('unreachable'), now, true);
    }
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    expect(state).toMatchObject({ since: 0 });
  });

  it('waits at least as long as the upstream asked for', () => {
    const state = after(CLOSED, fails('quota', { retryAfterMs: 7_200_000 }), 0);
    expect(state).toMatchObject({ kind: 'open', reason: 'quota', until: 7_200_000 });
  });

  it('is probed again soon when a probe said nothing', () => {
    const state = after(probing(openedBy('account'), 60_000), { kind: 'nothing' }, 60_500, true);
    expect(state).toMatchObject({ kind: 'open', until: 61_500, openings: 1 });
  });

  it.each([
    ['unreachable', 'closed'],
    ['account', 'open'],
    ['quota', 'open'],
  ] as const)('opened as %s is %s after a probe that was only throttled', (reason, kind) => {
    const open = openedBy(reason);
    const at = open.kind === 'open' ? open.until : 0;
    expect(after(probing(open, at), { kind: 'answers' }, at, true)).toMatchObject({ kind });
  });

  it('is not closed, nor opened for longer, by tries that began before', () => {
    const open = openedBy('unreachable');
    expect(after(open, WORKS, 10)).toBe(open);
    expect(after(open, fails('unreachable'), 10)).toBe(open);
    const half = probing(open, 5000);
    expect(after(half, WORKS, 5001)).toBe(half);
    expect(after(half, fails('unreachable'), 5001)).toBe(half);
  });

  it('takes a worse reason over a milder one, not the other way round', () => {
    const open = openedBy('unreachable');
    expect(after(open, fails('account'), 10)).toMatchObject({ reason: 'account', since: 0 });
    const account = openedBy('account');
    expect(after(account, fails('unreachable'), 10)).toBe(account);
  });
});
