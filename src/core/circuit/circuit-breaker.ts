import type { CircuitEvidence, FailureOfCircuit } from './circuit-evidence.js';
import { CLOSED, type BrokenCircuit, type CircuitReason, type CircuitState } from './circuit-state.js';

/** How long a circuit stays open, milliseconds: the first time, and at most after probes that failed. */
export interface OpenTimes {
  readonly firstMs: number;
  readonly mostMs: number;
}

export interface CircuitSettings {
  /** Failures in a row after which a circuit opens, where one alone does not say enough. */
  readonly failures: number;
  readonly open: Readonly<Record<CircuitReason, OpenTimes>>;
  /** How long a probe may be under way before another one goes, milliseconds. */
  readonly probeMs: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/**
 * An unreachable upstream is asked again soon; a refused login seldom, because some servers count; a quota whose
 * window nobody named may be one of a second or one of a day.
 */
export const DEFAULT_CIRCUIT_SETTINGS: CircuitSettings = {
  failures: 5,
  open: {
    unreachable: { firstMs: 5 * SECOND_MS, mostMs: MINUTE_MS },
    account: { firstMs: MINUTE_MS, mostMs: 15 * MINUTE_MS },
    identity: { firstMs: MINUTE_MS, mostMs: 15 * MINUTE_MS },
    quota: { firstMs: 15 * SECOND_MS, mostMs: 60 * MINUTE_MS },
  },
  probeMs: MINUTE_MS,
};

/** How soon another probe may follow one that brought nothing, milliseconds. */
const NEXT_PROBE_MS = SECOND_MS;

/** Whether a try may go. `probe`: it may, once `state` is stored. */
export type CircuitAnswer =
  | { readonly kind: 'pass' }
  | { readonly kind: 'closed'; readonly until: number }
  | { readonly kind: 'probe'; readonly state: CircuitState };

const PASS: CircuitAnswer = { kind: 'pass' };

/** Asks a circuit for a try at `now`. */
export function askCircuit(state: CircuitState, now: number, settings: CircuitSettings): CircuitAnswer {
  if (state.kind === 'closed') return PASS;
  if (now >= state.until) {
    return { kind: 'probe', state: { ...state, kind: 'half-open', until: now + settings.probeMs } };
  }
  // Whoever waits for a probe under way asks again when the shortest one could have ended.
  const { firstMs } = settings.open[state.reason];
  return {
    kind: 'closed',
    until: state.kind === 'open' ? state.until : Math.min(state.until, now + firstMs),
  };
}

export interface CircuitTry {
  readonly evidence: CircuitEvidence;
  /** True when the try was the probe of a half-open circuit. */
  readonly isProbe: boolean;
  /** Failures in a row, this try included. */
  readonly failures: number;
  readonly now: number;
}

/** The state after a try; the same object when the try changes nothing. */
export function afterTry(state: CircuitState, tried: CircuitTry, settings: CircuitSettings): CircuitState {
  const { evidence, now } = tried;
  switch (state.kind) {
    case 'closed': {
      if (evidence.kind !== 'fails') return state;
      if (!evidence.atOnce && tried.failures < settings.failures) return state;
      return opened(evidence, now, 1, now, settings);
    }
    case 'open':
      // Tries that began before it opened say what is known, unless they know it better.
      return evidence.kind === 'fails' && isWorse(evidence.reason, state.reason)
        ? opened(evidence, state.since, 1, now, settings)
        : state;
    case 'half-open':
      return tried.isProbe ? afterProbe(state, evidence, now, settings) : state;
    default: {
      const never: never = state;
      return never;
    }
  }
}

function afterProbe(
  state: BrokenCircuit & { readonly kind: 'half-open' },
  evidence: CircuitEvidence,
  now: number,
  settings: CircuitSettings,
): CircuitState {
  switch (evidence.kind) {
    case 'works':
      return CLOSED;
    case 'answers':
      return state.reason === 'unreachable' ? CLOSED : { ...state, kind: 'open', until: now + NEXT_PROBE_MS };
    case 'nothing':
      return { ...state, kind: 'open', until: now + NEXT_PROBE_MS };
    case 'fails': {
      const openings = evidence.reason === state.reason ? state.openings + 1 : 1;
      return opened(evidence, state.since, openings, now, settings);
    }
    default: {
      const never: never = evidence;
      return never;
    }
  }
}

function opened(
  { reason, summary, retryAfterMs = 0 }: FailureOfCircuit,
  since: number,
  openings: number,
  now: number,
  { open }: CircuitSettings,
): CircuitState {
  const { firstMs, mostMs } = open[reason];
  const waitMs = Math.max(Math.min(firstMs * 2 ** (openings - 1), mostMs), retryAfterMs);
  return { kind: 'open', reason, since, until: now + waitMs, openings, summary };
}

/** Only people can mend an account; that it is also hard to reach is no news. */
function isWorse(found: CircuitReason, known: CircuitReason): boolean {
  return known === 'unreachable' && found !== 'unreachable';
}
