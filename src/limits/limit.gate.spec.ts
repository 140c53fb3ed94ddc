import { describe, expect, it } from 'vitest';
import { classifyFailure } from '../core/failure/failure-classifier.js';
import { failedOutcome, type DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import type { Mail } from '../core/mail/mail.js';
import { parseSmtpReply } from '../core/failure/smtp-reply.js';
import { sampleMail } from '../testing/sample-mail.js';
import { TestClock } from '../testing/test-clock.js';
import type { TryAnswer, TryPassed, TryRequest } from '../transports/try-gate.js';
import { LimitGate } from './limit.gate.js';
import type { LimitSettings } from './limit-settings.js';
import { LimitStore, type SlotAnswer } from './limit-store.js';
import { MemoryLimitStore } from './memory/memory-limit-store.js';

const ADA = 'ada@example.test';
const BOB = 'bob@example.test';
const EVE = 'eve@other.test';
const LOG = { debug() {}, log() {}, warn() {}, error() {} };
const NO_LIMITS: LimitSettings = { transports: new Map(), slots: 20, streams: new Map(), domains: new Map() };

class BrokenStore extends LimitStore {
  override async take(): Promise<SlotAnswer> {
    throw new Error('gone');
  }
  override async giveBack(): Promise<void> {}
}

class Desk {
  readonly clock = new TestClock();
  readonly gate: LimitGate;

  constructor(settings: Partial<LimitSettings> = {}, store?: LimitStore) {
    this.gate = new LimitGate({
      settings: { ...NO_LIMITS, ...settings },
      store: store ?? new MemoryLimitStore(this.clock),
      clock: this.clock,
      log: LOG,
    });
  }

  /** Asks, and takes no notice of the answer. */
  occupy(times: number, recipients: readonly string[] = [ADA]): void {
    for (let i = 0; i < times; i++) void this.enter(recipients);
  }

  enter(recipients: readonly string[] = [ADA], more: Partial<TryRequest> & { mail?: Mail } = {}) {
    return this.gate.enter({ mail: sampleMail({ id: '1' }), transport: 'main', recipients, ...more });
  }

  /** Enters until it is refused. */
  fill(recipients: readonly string[] = [ADA]): { passed: TryPassed[]; refused: TryAnswer } {
    const passed: TryPassed[] = [];
    for (;;) {
      const answer = this.enter(recipients);
      if (answer instanceof Promise) throw new TypeError('a synchronous answer was expected');
      if (answer.kind !== 'pass' || answer.held.length > 0) return { passed, refused: answer };
      passed.push(answer);
    }
  }
}

const main = (limits: object, hasDestinations = false) =>
  new Map([['main', { limits, slots: 20, hasDestinations }]]);
const sent = (address: string): DeliveryOutcome => ({ address, state: 'sent' });
const failed = (
  address: string,
  stage: 'conn' | 'rcpt' | 'mail' | 'greeting',
  code?: number,
  text = 'later',
) =>
  failedOutcome(
    address,
    classifyFailure({
      provenance: code === undefined ? 'network' : 'smtp',
      stage,
      upstream: 'relay',
      ...(code !== undefined && { reply: parseSmtpReply(`${code} ${text}`) }),
    }),
  );

describe('the gate of the limits', () => {
  it('answers at once when nothing is configured', () => {
    expect(new Desk().enter()).toMatchObject({ kind: 'pass', recipients: [ADA], held: [] });
  });

  it('holds mail of a transport that has room again soon', () => {
    const desk = new Desk({ transports: main({ perSecond: 2 }) });
    const { passed, refused } = desk.fill();
    expect(passed).toHaveLength(2);
    expect(refused).toMatchObject({
      kind: 'hold',
      reason: 'the transport "main" is at its limit of 2 a second',
    });
  });

  it('closes a transport whose quota is used up for long, so that the next one is asked', () => {
    const desk = new Desk({ transports: main({ perDay: 1 }) });
    expect(desk.fill().refused).toMatchObject({ kind: 'closed' });
  });

  it('holds mail of a stream or a tenant at its limit, whichever transport is asked', () => {
    const streams = new Map([['transactional', { perDay: 1 }]]);
    expect(new Desk({ streams }).fill().refused).toMatchObject({ kind: 'hold' });
    const desk = new Desk({ perTenant: { perDay: 1 } });
    const mail = sampleMail({ id: '1', tenant: 'acme' });
    expect(desk.enter([ADA], { mail })).toMatchObject({ kind: 'pass' });
    expect(desk.enter([ADA], { mail, transport: 'backup' })).toMatchObject({ kind: 'hold' });
    expect(desk.enter([ADA], { mail: sampleMail({ id: '2', tenant: 'other' }) })).toMatchObject({
      kind: 'pass',
    });
  });

  it('holds only the recipients whose domain is at its limit', async () => {
    const desk = new Desk({ domains: new Map([['example.test', { perMinute: 1 }]]) });
    await desk.enter([ADA]);
    expect(await desk.enter([BOB, EVE])).toMatchObject({
      kind: 'pass',
      recipients: [EVE],
      held: [{ address: BOB, reason: 'the domain "example.test" is at its limit of 1 a minute' }],
    });
  });

  it('counts each domain that is not named by itself', async () => {
    const desk = new Desk({ domains: new Map([['*', { perMinute: 1 }]]) });
    expect(await desk.enter([ADA, EVE])).toMatchObject({ recipients: [ADA, EVE] });
    expect(await desk.enter([BOB])).toMatchObject({ recipients: [] });
  });

  it('takes the case of a domain for nothing', async () => {
    const desk = new Desk({ domains: new Map([['example.test', { perMinute: 1 }]]) });
    await desk.enter(['ada@EXAMPLE.test']);
    expect(await desk.enter([BOB])).toMatchObject({ recipients: [] });
  });

  it('counts every recipient, and sends as many of a mail as a limit holds', () => {
    const desk = new Desk({ transports: main({ perMinute: 2 }) });
    const many = ['a', 'b', 'c'].map((name) => `${name}@example.test`);
    expect(desk.enter(many)).toMatchObject({
      kind: 'pass',
      recipients: many.slice(0, 2),
      held: [{ address: many[2] }],
    });
  });

  it('waits inside when the slot is near', async () => {
    const desk = new Desk({ transports: main({ perSecond: 1 }) });
    desk.occupy(1);
    await desk.clock.advance(800);
    let answer: TryAnswer | undefined;
    void Promise.resolve(desk.enter([BOB])).then((one) => (answer = one));
    await desk.clock.advance(199);
    expect(answer).toBeUndefined();
    await desk.clock.advance(1);
    expect(answer).toMatchObject({ kind: 'pass' });
  });

  it('gives a place of the quota back when the upstream was never reached', () => {
    const desk = new Desk({ transports: main({ perDay: 1 }) });
    const { passed } = desk.fill();
    passed[0]?.leave([failed(ADA, 'conn')]);
    expect(desk.enter()).toMatchObject({ kind: 'pass' });
  });

  it('gives a place back when a later gate kept the mail', () => {
    const desk = new Desk({ transports: main({ perDay: 1 }) });
    desk.fill().passed[0]?.leave([]);
    expect(desk.enter()).toMatchObject({ kind: 'pass' });
  });

  it('gives nothing back when the upstream refused', () => {
    const desk = new Desk({ transports: main({ perDay: 1 }) });
    desk.fill().passed[0]?.leave([failed(ADA, 'rcpt', 550, '5.1.1 no such user')]);
    expect(desk.enter()).toMatchObject({ kind: 'closed' });
  });

  it('holds mail when the store cannot be asked, one after the other, and other mail goes', async () => {
    const desk = new Desk({ transports: main({ perSecond: 1 }) }, new BrokenStore());
    const [one, other] = await Promise.all([desk.enter(), desk.enter()]);
    expect(one).toMatchObject({ kind: 'hold', reason: 'limits cannot be counted at the moment' });
    if (one.kind !== 'hold' || other.kind !== 'hold') throw new TypeError('held');
    expect(one.until).not.toBe(other.until);
    expect(desk.enter([ADA], { transport: 'without' })).toMatchObject({ kind: 'pass' });
  });

  describe('at a destination', () => {
    it('begins with five at a time, and a sixth waits', async () => {
      const desk = new Desk({ transports: main({}, true) });
      const places = Array.from({ length: 5 }, () => desk.enter());
      expect(places.every((one) => !(one instanceof Promise))).toBe(true);
      const sixth = desk.enter([BOB]);
      expect(sixth).toBeInstanceOf(Promise);
      (places[0] as TryPassed).leave([sent(ADA)]);
      expect(await sixth).toMatchObject({ kind: 'pass', recipients: [BOB] });
    });

    it('never goes over the limit of connections', async () => {
      const desk = new Desk({ transports: main({ connections: 2 }, true) });
      for (let i = 0; i < 50; i++) {
        const [a, b] = [desk.enter(), desk.enter()] as TryPassed[];
        await desk.clock.advance(1);
        a?.leave([sent(ADA)]);
        b?.leave([sent(ADA)]);
      }
      desk.occupy(2);
      expect(desk.enter()).toBeInstanceOf(Promise);
    });

    it('holds mail of a destination that does not answer, and tells each another moment', async () => {
      const desk = new Desk({ transports: main({}, true) });
      desk.occupy(5);
      await desk.clock.advance(1001);
      const [one, other] = [desk.enter([BOB]), desk.enter([BOB])] as TryPassed[];
      expect(one).toMatchObject({ kind: 'pass', recipients: [], held: [{ address: BOB }] });
      expect(other?.held[0]?.until).toBeGreaterThan(one?.held[0]?.until ?? Infinity);
    });

    it('gives one that never answered no more than its share while others work', () => {
      const desk = new Desk({ transports: main({}, true) });
      for (let i = 0; i < 9; i++) desk.occupy(1, [`a@d${i}.test`]);
      const hanging = Array.from({ length: 5 }, () => desk.enter([ADA]));
      const inside = hanging.filter(
        (one) => !(one instanceof Promise) && one.kind === 'pass' && one.recipients.length > 0,
      );
      expect(inside).toHaveLength(2);
      expect(hanging.filter((one) => one instanceof Promise)).toHaveLength(1);
    });

    it('lets whoever waits for the outcome wait longer than a worker', async () => {
      const desk = new Desk({ transports: main({}, true) });
      desk.occupy(5);
      desk.occupy(1, [EVE]);
      const answers: string[] = [];
      const told = (name: string, answer: TryAnswer | Promise<TryAnswer>) =>
        void Promise.resolve(answer).then((one) =>
          answers.push(`${name} ${one.kind === 'pass' ? one.recipients.length : one.kind}`),
        );
      told('worker', desk.enter([BOB]));
      told('patient', desk.enter([BOB], { patient: true }));
      await desk.clock.advance(250);
      expect(answers).toEqual(['worker 0']);
      await desk.clock.advance(9750);
      expect(answers).toEqual(['worker 0', 'patient 0']);
    });

    it('ends waiting when the attempt is over', async () => {
      const desk = new Desk({ transports: main({}, true) });
      desk.occupy(5);
      const abort = new AbortController();
      const answer = desk.enter([BOB], { patient: true, signal: abort.signal });
      abort.abort();
      expect(await answer).toMatchObject({ recipients: [] });
    });

    it('rests as long as a throttling destination asks', () => {
      const desk = new Desk({ transports: main({}, true) });
      const place = desk.enter() as TryPassed;
      place.leave([failed(ADA, 'rcpt', 450, '4.7.28 rate limit exceeded, try again in 300 seconds')]);
      const refused = desk.enter() as TryPassed;
      expect(refused.recipients).toEqual([]);
      expect(refused.held[0]?.until).toBeGreaterThan(desk.clock.now() + 299_000);
      expect(desk.enter([EVE])).toMatchObject({ recipients: [EVE] });
    });

    it('closes the transport when it throttles before it knows whom the mail is for', () => {
      const desk = new Desk({ transports: main({}, true) });
      const place = desk.enter() as TryPassed;
      place.leave([failed(ADA, 'greeting', 421, '4.7.0 too many connections, try again in 60 seconds')]);
      expect(desk.enter([EVE])).toMatchObject({ kind: 'closed', reason: expect.stringMatching('transport') });
    });

    it('is paused no longer when the machine is set back a day meanwhile', async () => {
      const desk = new Desk({ transports: main({}, true) });
      const place = desk.enter() as TryPassed;
      place.leave([failed(ADA, 'greeting', 421, '4.7.0 too many connections, try again in 60 seconds')]);
      desk.clock.jump(-86_400_000);
      const back = desk.clock.now() + 60_000;
      expect(desk.enter([EVE])).toMatchObject({ kind: 'closed', until: expect.closeTo(back, -4) });
      await desk.clock.advance(60_000);
      expect(desk.enter([EVE])).toMatchObject({ kind: 'pass', recipients: [EVE] });
    });

    it('answers at once again when the pause of a transport that throttled is over', async () => {
      const desk = new Desk({ transports: main({}, true) });
      const place = desk.enter() as TryPassed;
      place.leave([failed(ADA, 'greeting', 421, '4.7.0 too many connections, try again in 60 seconds')]);
      await desk.clock.advance(60_000);
      expect(desk.enter([EVE])).toMatchObject({ kind: 'pass', recipients: [EVE] });
    });

    it('lets no more into a transport that throttled than it had when it did', async () => {
      const desk = new Desk({ transports: main({}, true) });
      const place = desk.enter() as TryPassed;
      place.leave([failed(ADA, 'greeting', 421, '4.7.0 too many connections, try again in 60 seconds')]);
      await desk.clock.advance(60_000);
      const first = desk.enter([EVE]) as TryPassed;
      const second = desk.enter([ADA]);
      expect(second).toBeInstanceOf(Promise);
      first.leave([sent(EVE)]);
      expect(await second).toMatchObject({ kind: 'pass', recipients: [ADA] });
    });

    it('does not count it against a destination when the transport cannot be reached', () => {
      const desk = new Desk({ transports: main({}, true) });
      for (let i = 0; i < 20; i++) (desk.enter() as TryPassed).leave([failed(ADA, 'conn')]);
      expect(desk.enter()).toMatchObject({ recipients: [ADA] });
    });

    it('keeps no place when a limit holds the mail', () => {
      const desk = new Desk({ transports: main({ perDay: 3 }, true) });
      for (let i = 0; i < 3; i++) (desk.enter() as TryPassed).leave([sent(ADA)]);
      for (let i = 0; i < 50; i++) expect(desk.enter()).toMatchObject({ kind: 'closed' });
    });
  });
});
