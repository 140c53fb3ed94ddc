import { afterEach, describe, expect, it } from 'vitest';
import type { MailDeferred, MailDraft, MailEvent } from 'nestjs-mail-relay';
import { Clock } from '../../src/core/schedule/clock.js';
import { RelayApp } from '../support/relay-app.js';
import { reply, SmtpSink, times, type SinkFaultRule } from '../support/smtp-sink.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const LATER = reply('450 4.2.1 The user is receiving mail too quickly');

/** Time that leaps: whatever came due on the way is called once, at the end of it. */
class LeapingClock extends Clock {
  #now = Date.UTC(2027, 0, 1);
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  leap(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one();
});

/** Sends a mail to a real server in test time, until it has its final state; every event of it. */
async function lifeOf(rcpt: SinkFaultRule, changes: Partial<MailDraft> = {}) {
  const sink = await SmtpSink.start({ faults: { rcpt } });
  closing.push(() => sink.close());
  const clock = new LeapingClock();
  const relay = await RelayApp.start({
    transport: sink.url,
    features: [{ providers: [{ provide: Clock, useValue: clock }] }],
  });
  closing.push(() => relay.close());
  const began = clock.now();
  const { mailId } = await relay.mail.queue({
    to: 'ada@example.test',
    subject: 'Hello',
    text: 'Hello.',
    ...changes,
  });
  const events: MailEvent[] = [];
  for (;;) {
    await expect.poll(() => relay.events.length, { timeout: 20_000 }).toBeGreaterThan(events.length + 1);
    const event = relay.events[events.length + 1];
    if (!event) throw new Error('there is an event');
    events.push(event);
    if (event.type !== 'deferred') break;
    clock.leap(event.nextAttemptAt.getTime() - clock.now());
  }
  const ended = clock.now() - began;
  const state = (await relay.mail.status(mailId))?.recipients[0];
  // Whatever were still to come would come within another week: nobody is told, and nobody asked.
  for (let day = 0; day < 7; day++) {
    clock.leap(DAY_MS);
    await relay.mail.queue({ to: 'probe@example.test', subject: 'Hello', text: 'Hello.' });
    await expect
      .poll(() => relay.told.filter((told) => told.startsWith('probe')).length)
      .toBeGreaterThan(day);
  }
  expect(relay.events.filter((event) => event.mailId === mailId)).toHaveLength(events.length + 1);
  const tries = sink.commands.filter((command) => command.startsWith('RCPT TO:<ada')).length;
  return { sink, events, state, tries, ended };
}

function messagesTo(sink: SmtpSink, address: string): number {
  return sink.messages.filter(({ to }) => to.includes(address)).length;
}

function waits(events: readonly MailEvent[]): readonly number[] {
  return events
    .filter((event): event is MailDeferred => event.type === 'deferred')
    .map(({ at, nextAttemptAt }) => nextAttemptAt.getTime() - at.getTime());
}

/** Each wait is at least that of the schedule and at most one and a half times as long. */
function expectWaits(found: readonly number[], schedule: readonly number[]): void {
  expect(found).toHaveLength(schedule.length);
  for (const [i, least] of schedule.entries()) {
    expect(found[i]).toBeGreaterThanOrEqual(least);
    expect(found[i]).toBeLessThanOrEqual(least * 1.5);
  }
}

describe('the retry schedule', () => {
  it('tries a recipient that is refused for good exactly once', async () => {
    const { events, tries, state } = await lifeOf(reply('550 5.1.1 No such user'));
    expect(events.map(({ type }) => type)).toEqual(['bounced']);
    expect(tries).toBe(1);
    expect(state).toMatchObject({ state: 'bounced' });
  });

  it('tries again on schedule after three temporary refusals, then sends', async () => {
    const { sink, events, tries } = await lifeOf(times(3, LATER));
    expect(events.map(({ type }) => type)).toEqual(['deferred', 'deferred', 'deferred', 'sent']);
    expectWaits(waits(events), [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS]);
    expect(tries).toBe(4);
    expect(messagesTo(sink, 'ada@example.test')).toBe(1);
  });

  it('gives up after five days of temporary refusals, with the last reply', async () => {
    const { sink, events, tries, ended } = await lifeOf(LATER);
    const found = waits(events);
    const first = [1, 5, 15, 30, 60, 120].map((minutes) => minutes * MINUTE_MS);
    // The last wait ends at the end of the mail's life, however short that makes it.
    const regular = found.slice(0, -1);
    expectWaits(regular, [...first, ...regular.slice(first.length).map(() => 4 * HOUR_MS)]);
    expect(ended).toBe(5 * DAY_MS);
    expect(tries).toBe(found.length);
    expect(messagesTo(sink, 'ada@example.test')).toBe(0);
    expect(events.at(-1)).toMatchObject({
      type: 'failed',
      failure: { class: 'expired', suppress: 'no', reply: { code: 450 } },
    });
  });

  it('gives up at ten minutes when the draft says so', async () => {
    const { events, ended } = await lifeOf(LATER, { expiresIn: '10m' });
    expect(ended).toBe(10 * MINUTE_MS);
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { class: 'expired' } });
    expect(waits(events).length).toBeGreaterThanOrEqual(2);
  });
});
