import type { RecipientState } from '../core/mail/delivery-report.js';
import { OUTSIDE_EVENT_TYPES, type MailEvent } from '../events/mail-event.js';

/**
 * What the outside world tells of a recipient: facts beside the state, never a state.
 *
 * @publicApi
 */
export const RECIPIENT_FACTS = OUTSIDE_EVENT_TYPES;

/** One of {@link RECIPIENT_FACTS}. @publicApi */
export type RecipientFact = (typeof RECIPIENT_FACTS)[number];

/** What the events so far make of one recipient of one mail. @publicApi */
export interface RecipientStanding {
  /** Undefined while nothing but facts from outside is known. */
  readonly state?: RecipientState | undefined;
  /** When it became so, milliseconds since the epoch. */
  readonly stateAt: number;
  /** The attempt that made it so; 0 before the first. */
  readonly attempt: number;
  /** When it was queued anew last, by hand; 0 when never. What is older belongs to an earlier round. */
  readonly roundAt: number;
  readonly facts: readonly RecipientFact[];
}

/** The part of an event that decides. @publicApi */
export interface StandingEvent {
  readonly type: string;
  readonly at: number;
  readonly attempt: number;
  /** A `queued` that is told of a mail that was moved or is tried anew, not the first. */
  readonly isRequeued: boolean;
}

/** The standing before any event. @publicApi */
export const NO_STANDING: RecipientStanding = { stateAt: 0, attempt: 0, roundAt: 0, facts: [] };

/**
 * How far along a state is. Within one round a state only gives way to one of at least its own rank, so an event that
 * comes late or twice changes nothing; a bounce that comes late still ends what was sent.
 */
const RANK: Readonly<Record<RecipientState, number>> = {
  queued: 0,
  held: 1,
  deferred: 1,
  uncertain: 1,
  cancelled: 2,
  failed: 2,
  suppressed: 2,
  sent: 3,
  bounced: 4,
};

/** How far the clocks of two processes may differ, so that news is not taken for something of an earlier round. */
const CLOCKS_APART_MS = 5000;

const FACTS: ReadonlySet<string> = new Set(RECIPIENT_FACTS);

/**
 * The standing of a recipient after an event. Pure and monotone: events may come in any order and any number of times.
 * Only a mail that is queued anew begins a new round, in which what happened before it counts no more.
 *
 * @publicApi
 */
export function standingAfter(before: RecipientStanding, event: StandingEvent): RecipientStanding {
  if (isFact(event.type)) {
    return before.facts.includes(event.type) ? before : { ...before, facts: [...before.facts, event.type] };
  }
  if (!isState(event.type)) return before;
  if (event.isRequeued) return requeued(before, event.at);
  const { type: state, at, attempt } = event;
  // What was sent or refused for good is never queued anew, so it is true of whichever round it is.
  if (RANK[state] < RANK.sent && at + CLOCKS_APART_MS < before.roundAt) return before;
  if (before.state !== undefined && !supersedes(event, state, before, before.state)) return before;
  return { ...before, state, stateAt: at, attempt };
}

/**
 * What of an event decides about a standing.
 *
 * @publicApi
 */
export function standingEventOf(event: MailEvent): StandingEvent {
  const { type, id, mailId, at } = event;
  // `<mail>.<recipient>.<due time>.<attempt>.<type>`: the only place of the attempt in events that no attempt brought.
  const [, , told = ''] = id.startsWith(`${mailId}.`) ? id.slice(mailId.length + 1).split('.') : [];
  const attempt = 'attempt' in event ? event.attempt : Number(told);
  return {
    type,
    at: at.getTime(),
    attempt: Number.isSafeInteger(attempt) ? attempt : 0,
    isRequeued: event.type === 'queued' && event.again === true,
  };
}

function requeued(before: RecipientStanding, at: number): RecipientStanding {
  if (at < before.roundAt) return before;
  // Known already: something that happened in the new round.
  const isTold = before.state !== undefined && (before.stateAt > at || RANK[before.state] >= RANK.sent);
  return isTold
    ? { ...before, roundAt: at }
    : { ...before, state: 'queued', stateAt: at, attempt: 0, roundAt: at };
}

function supersedes(
  event: StandingEvent,
  state: RecipientState,
  before: RecipientStanding,
  known: RecipientState,
): boolean {
  const ahead = RANK[state] - RANK[known];
  if (ahead !== 0) return ahead > 0;
  // Of two that are equally far along the later one is true; clocks of two workers may differ, attempts do not.
  const later = event.attempt - before.attempt || event.at - before.stateAt;
  return later > 0 || (later === 0 && state > known);
}

function isFact(type: string): type is RecipientFact {
  return FACTS.has(type);
}

function isState(type: string): type is RecipientState {
  return Object.hasOwn(RANK, type);
}
