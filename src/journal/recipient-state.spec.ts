import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECIPIENT_STATES } from '../core/mail/delivery-report.js';
import { mailEventBase } from '../events/mail-event-base.js';
import { sampleMail } from '../testing/sample-mail.js';
import {
  NO_STANDING,
  RECIPIENT_FACTS,
  standingAfter,
  standingEventOf,
  type RecipientStanding,
  type StandingEvent,
} from './recipient-state.js';

const HOUR_MS = 3_600_000;

function told(type: string, at: number, attempt = 1, isRequeued = false): StandingEvent {
  return { type, at, attempt, isRequeued };
}

function after(...events: readonly StandingEvent[]): RecipientStanding {
  return events.reduce(standingAfter, NO_STANDING);
}

describe('the state of a recipient', () => {
  it.each([
    ['is queued with the first event', [told('queued', 1, 0)], 'queued'],
    ['is deferred, then sent', [told('queued', 1, 0), told('deferred', 2), told('sent', 3, 2)], 'sent'],
    ['stays sent when the deferral is heard late', [told('sent', 3, 2), told('deferred', 2)], 'sent'],
    ['stays sent when the queueing is heard late', [told('sent', 3), told('queued', 1, 0)], 'sent'],
    ['is bounced when a bounce comes late', [told('sent', 2), told('bounced', HOUR_MS, 0)], 'bounced'],
    ['stays bounced when what was sent is heard later', [told('bounced', 9, 0), told('sent', 2)], 'bounced'],
    ['is sent after it was uncertain', [told('uncertain', 2), told('sent', 9, 2)], 'sent'],
    ['is held anew after a deferral', [told('deferred', 2), told('held', 3, 2)], 'held'],
    ['follows attempts, not clocks', [told('held', 3, 2), told('deferred', 9)], 'held'],
    [
      'is deferred after it was held, in the same attempt',
      [told('held', 3), told('deferred', 9)],
      'deferred',
    ],
    ['is what it was after a fact', [told('sent', 2), told('opened', 3)], 'sent'],
    ['is unknown with nothing but a fact', [told('complained', 3)], undefined],
    ['is unknown after an event it does not know', [told('melted', 3)], undefined],
  ])('%s', (_title, events, state) => {
    expect(after(...events).state).toBe(state);
  });

  it('is queued when a failed mail is tried anew, and goes on from there', () => {
    const again = after(told('failed', 5, 7), told('queued', HOUR_MS, 0, true));
    expect(again.state).toBe('queued');
    expect(standingAfter(again, told('failed', 5, 7)).state).toBe('queued');
    expect(standingAfter(again, told('deferred', HOUR_MS + 1)).state).toBe('deferred');
    expect(standingAfter(again, told('sent', HOUR_MS - 1000)).state).toBe('sent');
  });

  it('is what happened in the new round when the news of that round comes late', () => {
    expect(after(told('failed', 5), told('sent', 2 * HOUR_MS), told('queued', HOUR_MS, 0, true)).state).toBe(
      'sent',
    );
    expect(
      after(told('failed', 5), told('queued', 2 * HOUR_MS, 0, true), told('queued', HOUR_MS, 0, true))
        .stateAt,
    ).toBe(2 * HOUR_MS);
  });

  it('keeps each fact once', () => {
    const standing = after(told('opened', 3), told('opened', 4), told('clicked', 5));
    expect(standing.facts).toEqual(['opened', 'clicked']);
  });

  it('is the same in whatever order the events of one round come, and however often', () => {
    const event = fc.record({
      type: fc.constantFrom(...RECIPIENT_STATES, ...RECIPIENT_FACTS),
      at: fc.integer({ min: 1, max: 50 }),
      attempt: fc.integer({ min: 0, max: 4 }),
      isRequeued: fc.constant(false),
    });
    const histories = fc.array(event, { minLength: 1, maxLength: 8 }).chain((events) =>
      fc.record({
        events: fc.constant(events),
        shuffled: fc.shuffledSubarray([...events, ...events], { minLength: 2 * events.length }),
      }),
    );
    fc.assert(
      fc.property(histories, ({ events, shuffled }) => {
        const one = after(...events);
        const other = after(...shuffled);
        expect({ ...other, facts: [...other.facts].toSorted() }).toEqual({
          ...one,
          facts: [...one.facts].toSorted(),
        });
      }),
    );
  });
});

describe('what of an event decides', () => {
  const mail = sampleMail({ id: 'm1' });
  const queued = mailEventBase('queued', mail, 'ada@example.test', 0, 7);

  it('is its moment, its attempt and whether it was queued anew', () => {
    const first = { ...queued, dueAt: new Date(8) };
    expect(standingEventOf(first)).toEqual(told('queued', 7, 0));
    expect(standingEventOf({ ...first, again: true })).toEqual(told('queued', 7, 0, true));
    const held = mailEventBase('held', mail, 'ada@example.test', 3, 7);
    expect(standingEventOf({ ...held, id: `${held.id}.9`, reason: '' })).toEqual(told('held', 7, 3));
  });

  it('is readable without an id of this package', () => {
    const held = mailEventBase('held', mail, 'ada@example.test', 3, 7);
    expect(standingEventOf({ ...held, id: 'x.y', reason: '' })).toEqual(told('held', 7, 0));
  });
});
