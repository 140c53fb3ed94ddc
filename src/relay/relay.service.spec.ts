import { describe, expect, it } from 'vitest';
import { classifyFailure } from '../core/failure/failure-classifier.js';
import { failedOutcome, type DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import type { DeliveryFailure } from '../core/failure/delivery-failure.js';
import type { Mail } from '../core/mail/mail.js';
import { DEFAULT_RETRY_POLICY } from '../core/schedule/retry-schedule.js';
import { parseSmtpReply } from '../core/failure/smtp-reply.js';
import type { MailEvent } from '../events/mail-event.js';
import { isMailEvent } from '../events/relay-event.js';
import { MailPolicy, type DispatchDecision } from '../policies/mail-policy.js';
import { PolicyChain } from '../policies/policy-chain.js';
import { MemorySpool } from '../spool/memory/memory-spool.js';
import { sampleEntry, sampleMail } from '../testing/sample-mail.js';
import { TestClock } from '../testing/test-clock.js';
import { MailTransport, type TransportRequest, type TransportResult } from '../transports/mail-transport.js';
import type { RouteSettings } from '../transports/route/route-settings.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import type { TryAnswer, TryGate, TryRequest } from '../transports/try-gate.js';
import { TryGateChain } from '../transports/try-gate-chain.js';
import type { StreamDelivery } from './relay-settings.js';
import { RelayService } from './relay.service.js';

const [ADA, BOB, EVE] = ['ada@example.test', 'bob@example.test', 'eve@example.test'] as const;
const LEASE = { owner: 'test', leaseMs: 60_000 };

/** Answers each recipient from a script; an answer is a reply to RCPT, `sent`, or a failure. */
class ScriptedTransport extends MailTransport {
  readonly kind = 'scripted';
  readonly asked: string[][] = [];
  readonly #answers: (address: string, n: number) => DeliveryFailure | 'sent';

  constructor(answers: (address: string, n: number) => DeliveryFailure | 'sent') {
    super();
    this.#answers = answers;
  }

  async send({ envelope, handOver }: TransportRequest): Promise<TransportResult> {
    this.asked.push([...envelope.to]);
    await handOver();
    return { outcomes: envelope.to.map((address) => this.#outcome(address)) };
  }

  async verify() {
    return { ok: true } as const;
  }

  async close(): Promise<void> {}

  #outcome(address: string): DeliveryOutcome {
    const answer = this.#answers(address, this.asked.length);
    return answer === 'sent' ? { address, state: 'sent' } : failedOutcome(address, answer);
  }
}

/** Answers from a script, and keeps what it was told when it was left. */
class ScriptedGate implements TryGate {
  readonly asked: TryRequest[] = [];
  readonly left: (readonly DeliveryOutcome[])[] = [];
  now = () => 0;
  readonly #answer: (request: TryRequest, now: number) => TryAnswer | Promise<TryAnswer>;

  constructor(answer: (request: TryRequest, now: number) => TryAnswer | Promise<TryAnswer>) {
    this.#answer = answer;
  }

  enter(request: TryRequest): TryAnswer | Promise<TryAnswer> {
    this.asked.push(request);
    const answer = this.#answer(request, this.now());
    if (answer instanceof Promise || answer.kind !== 'pass') return answer;
    return { ...answer, leave: (outcomes) => void this.left.push(outcomes) };
  }
}

const passes = (recipients: readonly string[]) =>
  ({ kind: 'pass', recipients, held: [], leave() {} }) as const;

const rcpt = (text: string): DeliveryFailure =>
  classifyFailure({ provenance: 'smtp', stage: 'rcpt', reply: parseSmtpReply(text), upstream: 'relay' });
const refused = (): DeliveryFailure =>
  classifyFailure({ provenance: 'network', stage: 'conn', errorCode: 'ECONNREFUSED', upstream: 'relay' });
const lostAfterDot = (): DeliveryFailure =>
  classifyFailure({ provenance: 'network', stage: 'eod', endOfDataSent: true, upstream: 'relay' });

function routeOf(given: Partial<RouteSettings>): RouteSettings {
  return {
    transports: [],
    selector: 'failover',
    weights: new Map(),
    byRecipientDomain: new Map(),
    bySenderDomain: new Map(),
    ...given,
  };
}

interface Setup {
  readonly transports: Readonly<Record<string, MailTransport>>;
  readonly policies?: readonly MailPolicy[];
  readonly delivery?: Partial<StreamDelivery>;
  readonly route?: Partial<RouteSettings>;
  readonly gate?: TryGate;
}

function relayOf({
  transports,
  policies = [],
  delivery = {},
  route = {},
  gate = new TryGateChain([]),
}: Setup) {
  const clock = new TestClock();
  if (gate instanceof ScriptedGate) gate.now = () => clock.now();
  const spool = new MemorySpool(clock);
  const events: MailEvent[] = [];
  const warnings: string[] = [];
  const silent = { debug() {}, log() {}, warn: (line: string) => void warnings.push(line), error() {} };
  const relay = new RelayService({
    settings: {
      ...LEASE,
      attemptTimeoutMs: 900_000,
      streams: new Map([
        [
          'transactional',
          {
            route: routeOf({ transports: Object.keys(transports), ...route }),
            dkim: [],
            retry: { ...DEFAULT_RETRY_POLICY, delaysMs: [1000] },
            uncertain: 'retry',
            ...delivery,
          },
        ],
      ]),
    },
    spool,
    policies: new PolicyChain(policies),
    transports: new TransportRegistry(
      Object.entries(transports).map(([name, transport]) => ({ name, transport })),
    ),
    gate,
    events: {
      publish: (told) => void events.push(...told.filter(isMailEvent)),
      record: () => Promise.resolve(),
      keep: () => Promise.resolve(),
    },
    clock,
    random: () => 0,
    log: silent,
    expect: () => {},
  });
  let serial = 0;
  return {
    clock,
    spool,
    events,
    warnings,
    relay,
    async add(to: readonly string[], changes: Partial<Mail> = {}): Promise<Mail> {
      const now = clock.now();
      const mail = sampleMail({
        id: `m${serial++}`,
        envelope: { from: 'hello@acme.test', to },
        createdAt: now,
        dueAt: now,
        expiresAt: now + 5 * 86_400_000,
        ...changes,
      });
      await spool.add(sampleEntry(mail));
      return mail;
    },
    process: (mail: Mail) => relay.process(mail.id, new AbortController().signal),
    states: async (mail: Mail) => (await spool.get(mail.id))?.recipients.map(({ state }) => state),
    told: () => events.map(({ type, recipient }) => `${recipient} ${type}`),
  };
}

describe('RelayService', () => {
  it('settles and tells each recipient by itself when one of three is refused', async () => {
    const transport = new ScriptedTransport((address) =>
      address === BOB ? rcpt('550 5.1.1 No such user') : 'sent',
    );
    const { add, process, states, told } = relayOf({ transports: { primary: transport } });
    const mail = await add([ADA, BOB, EVE]);
    await process(mail);
    expect(await states(mail)).toEqual(['sent', 'bounced', 'sent']);
    expect(told()).toEqual([`${ADA} sent`, `${BOB} bounced`, `${EVE} sent`]);
  });

  it('retries only the deferred recipients', async () => {
    const transport = new ScriptedTransport((address, n) =>
      address === BOB && n === 1
        ? rcpt('450 4.3.0 Try later')
        : address === EVE
          ? rcpt('550 5.1.1 No such user')
          : 'sent',
    );
    const { add, process, states, clock } = relayOf({ transports: { primary: transport } });
    const mail = await add([ADA, BOB, EVE]);
    await process(mail);
    await clock.advance(10_000);
    await process(mail);
    expect(transport.asked).toEqual([[ADA, BOB, EVE], [BOB]]);
    expect(await states(mail)).toEqual(['sent', 'sent', 'bounced']);
  });

  it('asks the next transport when one cannot be reached', async () => {
    const [down, up] = [new ScriptedTransport(() => refused()), new ScriptedTransport(() => 'sent')];
    const { add, process, states, events } = relayOf({ transports: { primary: down, backup: up } });
    const mail = await add([ADA]);
    await process(mail);
    expect(await states(mail)).toEqual(['sent']);
    expect(events).toEqual([expect.objectContaining({ type: 'sent', transport: 'backup' })]);
  });

  it('warns of a transport that cannot be reached at once, and once for many mails', async () => {
    const { add, process, warnings, clock } = relayOf({
      transports: { primary: new ScriptedTransport(() => refused()) },
    });
    for (let i = 0; i < 5; i++) await process(await add([ADA]));
    expect(warnings).toEqual([
      expect.stringMatching(/transport primary: deferred \(network\).*ECONNREFUSED/),
    ]);
    expect(warnings.join()).not.toContain(ADA);
    await clock.advance(60_000);
    await process(await add([ADA]));
    expect(warnings).toHaveLength(2);
  });

  it('never offers a refused recipient to the next transport', async () => {
    const backup = new ScriptedTransport(() => 'sent');
    const { add, process } = relayOf({
      transports: { primary: new ScriptedTransport(() => rcpt('550 5.1.1 No such user')), backup },
    });
    await process(await add([ADA]));
    expect(backup.asked).toEqual([]);
  });

  it('never offers a mail of uncertain outcome to the next transport, and waits ten minutes', async () => {
    const backup = new ScriptedTransport(() => 'sent');
    const { add, process, states, events, clock } = relayOf({
      transports: { primary: new ScriptedTransport(() => lostAfterDot()), backup },
    });
    const mail = await add([ADA]);
    await process(mail);
    expect(backup.asked).toEqual([]);
    expect(await states(mail)).toEqual(['uncertain']);
    const [event] = events;
    expect(event).toMatchObject({ type: 'uncertain', messageId: mail.messageId });
    expect(event?.type === 'uncertain' && event.nextAttemptAt?.getTime()).toBeGreaterThanOrEqual(
      clock.now() + 600_000,
    );
  });

  it('takes an uncertain outcome as sent when the stream says so', async () => {
    const { add, process, states } = relayOf({
      transports: { primary: new ScriptedTransport(() => lostAfterDot()) },
      delivery: { uncertain: 'assume-sent' },
    });
    const mail = await add([ADA]);
    await process(mail);
    expect(await states(mail)).toEqual(['sent']);
  });

  it('gives up when the mail has expired, without asking a transport', async () => {
    const transport = new ScriptedTransport(() => 'sent');
    const { add, process, events, clock } = relayOf({ transports: { primary: transport } });
    const mail = await add([ADA], { expiresAt: clock.now() + 600_000 });
    await clock.advance(600_000);
    await process(mail);
    expect(transport.asked).toEqual([]);
    expect(events).toEqual([
      expect.objectContaining({ type: 'failed', failure: expect.objectContaining({ class: 'expired' }) }),
    ]);
  });

  it('ends at ten minutes when expiresIn says ten minutes', async () => {
    const transport = new ScriptedTransport(() => rcpt('450 4.3.0 Try later'));
    const { add, process, states, clock, spool } = relayOf({ transports: { primary: transport } });
    const start = clock.now();
    const mail = await add([ADA], { expiresAt: start + 600_000 });
    for (let i = 0; i < 1000 && (await states(mail))?.[0] !== 'failed'; i++) {
      await process(mail);
      const next = (await spool.get(mail.id))?.recipients[0]?.dueAt;
      if (next !== undefined) await clock.advance(next - clock.now());
    }
    expect(await states(mail)).toEqual(['failed']);
    expect(clock.now() - start).toBe(600_000);
  });

  it('marks a mail uncertain when the worker before died after the handed-over mark', async () => {
    const transport = new ScriptedTransport(() => 'sent');
    const { add, process, states, clock, spool } = relayOf({ transports: { primary: transport } });
    const mail = await add([ADA]);
    const dead = await spool.claim(mail.id, LEASE);
    if (dead) spool.mark(dead, 'primary', [ADA]);
    await clock.advance(LEASE.leaseMs);
    await process(mail);
    expect(transport.asked).toEqual([]);
    expect(await states(mail)).toEqual(['uncertain']);
  });

  it('sets a mail aside that three workers in a row did not survive, and lets an operator replay it', async () => {
    const transport = new ScriptedTransport(() => 'sent');
    const { add, process, states, clock, spool, events } = relayOf({ transports: { primary: transport } });
    const mail = await add([ADA]);
    for (let i = 0; i < 3; i++) {
      await spool.claim(mail.id, LEASE);
      await clock.advance(LEASE.leaseMs);
    }
    await process(mail);
    expect(transport.asked).toEqual([]);
    expect(await states(mail)).toEqual(['held']);
    expect(events).toMatchObject([{ type: 'held', reason: expect.stringContaining('3 workers') }]);
    expect(events[0]).toHaveProperty('until', undefined);
    expect(await spool.control.keptCounts()).toMatchObject({ 'set-aside': 1 });
    await spool.control.replay(mail.id, 60_000);
    await process(mail);
    expect(await states(mail)).toEqual(['sent']);
  });

  it('sets a mail aside too when its workers died after the mark, and tells of each first', async () => {
    const transport = new ScriptedTransport(() => 'sent');
    const { add, process, states, clock, spool, events } = relayOf({ transports: { primary: transport } });
    const mail = await add([ADA]);
    for (let i = 0; i < 3; i++) {
      const dead = await spool.claim(mail.id, LEASE);
      if (dead) spool.mark(dead, 'primary', [ADA]);
      await clock.advance(LEASE.leaseMs);
      await process(mail);
      const next = (await spool.get(mail.id))?.recipients[0]?.dueAt ?? 0;
      await clock.advance(next - clock.now());
    }
    await process(mail);
    expect(transport.asked).toEqual([]);
    expect(events.map(({ type }) => type)).toEqual(['uncertain', 'uncertain', 'uncertain', 'held']);
    expect(await states(mail)).toEqual(['held']);
  });

  it('sends at once when the worker before died without the mark', async () => {
    const { add, process, states, clock, spool } = relayOf({
      transports: { primary: new ScriptedTransport(() => 'sent') },
    });
    const mail = await add([ADA]);
    await spool.claim(mail.id, LEASE);
    await clock.advance(LEASE.leaseMs);
    await process(mail);
    expect(await states(mail)).toEqual(['sent']);
  });

  it('does not publish what it could not settle', async () => {
    const { add, relay, events, spool, clock, warnings } = relayOf({
      transports: { primary: new ScriptedTransport(() => 'sent') },
    });
    const mail = await add([ADA]);
    const claim = await spool.claim(mail.id, LEASE);
    await clock.advance(LEASE.leaseMs);
    await spool.claim(mail.id, LEASE);
    if (claim) await relay.deliver({ ...claim }, new AbortController().signal);
    expect(events).toEqual([]);
    expect(warnings).toHaveLength(1);
  });

  it('tries a mail again when a transport throws, instead of losing it', async () => {
    class Buggy extends ScriptedTransport {
      override async send(): Promise<TransportResult> {
        throw new Error('bug');
      }
    }
    const { add, process, states } = relayOf({ transports: { primary: new Buggy(() => 'sent') } });
    const mail = await add([ADA]);
    await process(mail);
    expect(await states(mail)).toEqual(['deferred']);
  });

  it('gives every recipient an outcome when a transport forgets one', async () => {
    class Forgetful extends ScriptedTransport {
      override async send(request: TransportRequest): Promise<TransportResult> {
        const { outcomes } = await super.send(request);
        return { outcomes: outcomes.slice(1) };
      }
    }
    const { add, process, states } = relayOf({ transports: { primary: new Forgetful(() => 'sent') } });
    const mail = await add([ADA, BOB]);
    await process(mail);
    expect(await states(mail)).toEqual(['uncertain', 'sent']);
  });

  it('asks the policies again at dispatch, and does not mail whom they suppress', async () => {
    class Suppress extends MailPolicy {
      readonly name = 'suppress';
      override dispatch(): DispatchDecision {
        return { kind: 'suppress', recipients: [BOB], reason: 'unsubscribed' };
      }
    }
    const transport = new ScriptedTransport(() => 'sent');
    const { add, process, states, told } = relayOf({
      transports: { primary: transport },
      policies: [new Suppress()],
    });
    const mail = await add([ADA, BOB]);
    await process(mail);
    expect(transport.asked).toEqual([[ADA]]);
    expect(await states(mail)).toEqual(['sent', 'suppressed']);
    expect(told()).toEqual([`${ADA} sent`, `${BOB} suppressed`]);
  });

  it('holds a mail until the time a policy names, and counts no attempt', async () => {
    class Hold extends MailPolicy {
      readonly name = 'hold';
      constructor(readonly until: Date) {
        super();
      }
      override dispatch(): DispatchDecision {
        return { kind: 'hold', until: this.until, reason: 'night' };
      }
    }
    const until = new Date(Date.UTC(2027, 0, 1, 6));
    const { add, process, spool, told } = relayOf({
      transports: { primary: new ScriptedTransport(() => 'sent') },
      policies: [new Hold(until)],
    });
    const mail = await add([ADA]);
    await process(mail);
    const known = await spool.get(mail.id);
    expect(known).toMatchObject({
      attempts: 0,
      recipients: [{ state: 'held', dueAt: until.getTime(), reason: 'night' }],
    });
    expect(told()).toEqual([`${ADA} held`]);
  });

  it('gives the spool its own claim back, for a mail that was moved to another time too', async () => {
    const { process, add, spool } = relayOf({
      transports: { primary: new ScriptedTransport(() => 'sent') },
    });
    const claims: unknown[] = [];
    const [claim, mark, settle] = [spool.claim, spool.mark, spool.settle].map((step) => step.bind(spool)) as [
      MemorySpool['claim'],
      MemorySpool['mark'],
      MemorySpool['settle'],
    ];
    const keep = <Claimed>(claimed: Claimed): Claimed => {
      claims.push(claimed);
      return claimed;
    };
    spool.claim = async (...given) => keep(await claim(...given));
    spool.mark = (claimed, ...given) => mark(keep(claimed), ...given);
    spool.settle = (claimed, settlement) => settle(keep(claimed), settlement);
    const mail = await add([ADA], { rescheduled: true });
    await process(mail);
    expect(claims).toHaveLength(3);
    expect(new Set(claims).size).toBe(1);
  });

  it('keeps a mail that a failing policy concerns', async () => {
    class Broken extends MailPolicy {
      readonly name = 'broken';
      override dispatch(): DispatchDecision {
        throw new Error('down');
      }
    }
    const transport = new ScriptedTransport(() => 'sent');
    const { add, process, states } = relayOf({
      transports: { primary: transport },
      policies: [new Broken()],
    });
    const mail = await add([ADA]);
    await process(mail);
    expect(transport.asked).toEqual([]);
    expect(await states(mail)).toEqual(['held']);
  });

  describe('on its way', () => {
    const GMAIL = 'eve@gmail.test';

    it('splits a mail whose recipients go different ways, each way with its own failover', async () => {
      const [a, b, pool] = [
        new ScriptedTransport(() => refused()),
        new ScriptedTransport(() => 'sent'),
        new ScriptedTransport(() => 'sent'),
      ];
      const { add, process, events } = relayOf({
        transports: { a, b, pool },
        route: { transports: ['a', 'b'], byRecipientDomain: new Map([['gmail.test', ['pool']]]) },
      });
      await process(await add([ADA, GMAIL, BOB]));
      expect([a.asked, b.asked, pool.asked]).toEqual([[[ADA, BOB]], [[ADA, BOB]], [[GMAIL]]]);
      expect(events.map((event) => ('transport' in event ? event.transport : ''))).toEqual([
        'b',
        'b',
        'pool',
      ]);
    });

    it('does not let a way that fails hold up another one', async () => {
      const transports = {
        a: new ScriptedTransport(() => rcpt('450 4.3.0 Try later')),
        pool: new ScriptedTransport(() => 'sent'),
      };
      const { add, process, states } = relayOf({
        transports,
        route: { transports: ['a'], byRecipientDomain: new Map([['gmail.test', ['pool']]]) },
      });
      const mail = await add([ADA, GMAIL]);
      await process(mail);
      expect(await states(mail)).toEqual(['deferred', 'sent']);
    });

    it('asks for the mail of a From domain only those who may send for it', async () => {
      const [a, news] = [new ScriptedTransport(() => 'sent'), new ScriptedTransport(() => refused())];
      const { add, process, states } = relayOf({
        transports: { a, news },
        route: { transports: ['a'], bySenderDomain: new Map([['news.acme.test', ['news']]]) },
      });
      const mail = await add([ADA], { fromDomain: 'news.acme.test' });
      await process(mail);
      expect(a.asked).toEqual([]);
      expect(await states(mail)).toEqual(['deferred']);
    });

    const dmarc = (): DeliveryFailure =>
      classifyFailure({
        provenance: 'smtp',
        stage: 'eod',
        reply: parseSmtpReply('550 5.7.26 Unauthenticated email is not accepted, DMARC policy'),
        upstream: 'relay',
      });

    it('gives up on a mail that is not authenticated when no other transport would authenticate it', async () => {
      const backup = new ScriptedTransport(() => 'sent');
      const { add, process, states } = relayOf({
        transports: { primary: new ScriptedTransport(() => dmarc()), backup },
      });
      const mail = await add([ADA]);
      await process(mail);
      expect(backup.asked).toEqual([]);
      expect(await states(mail)).toEqual(['failed']);
    });

    it('hands it to the one that is declared to authenticate its From domain, and to no other', async () => {
      const [plain, signing] = [new ScriptedTransport(() => 'sent'), new ScriptedTransport(() => 'sent')];
      const primary = new ScriptedTransport(() => dmarc());
      const { add, process, states } = relayOf({
        transports: { primary, plain, signing },
        route: {
          transports: ['primary', 'plain', 'signing'],
          bySenderDomain: new Map([['acme.test', ['primary', 'signing']]]),
        },
      });
      const mail = await add([ADA], { fromDomain: 'acme.test' });
      await process(mail);
      expect(plain.asked).toEqual([]);
      expect(signing.asked).toEqual([[ADA]]);
      expect(await states(mail)).toEqual(['sent']);
    });

    it('hands it to any other when our own key signs for the From domain', async () => {
      const backup = new ScriptedTransport(() => 'sent');
      const { add, process, states } = relayOf({
        transports: { primary: new ScriptedTransport(() => dmarc()), backup },
        delivery: { dkim: [{ domainName: 'acme.test', keySelector: 's', privateKey: '' }] },
      });
      const mail = await add([ADA], { fromDomain: 'acme.test' });
      await process(mail);
      expect(await states(mail)).toEqual(['sent']);
    });

    it('signs with the key of the From domain', async () => {
      const signed: (string | undefined)[] = [];
      class Signing extends ScriptedTransport {
        override async send(request: TransportRequest): Promise<TransportResult> {
          signed.push(request.dkim?.domainName);
          return super.send(request);
        }
      }
      const key = (domainName: string) => ({ domainName, keySelector: 's', privateKey: '' });
      const { add, process } = relayOf({
        transports: { primary: new Signing(() => 'sent') },
        delivery: { dkim: [key('acme.test'), key('shop.test')] },
      });
      await process(await add([ADA], { fromDomain: 'shop.test' }));
      await process(await add([ADA], { fromDomain: 'news.acme.test' }));
      await process(await add([ADA], { fromDomain: 'third.test' }));
      expect(signed).toEqual(['shop.test', 'acme.test', undefined]);
    });

    it('goes on after a greylisting with the transport that was greylisted', async () => {
      const a = new ScriptedTransport((_, n) => (n === 1 ? rcpt('450 4.7.1 Greylisted, try again') : 'sent'));
      const b = new ScriptedTransport(() => 'sent');
      const { add, process, clock, states } = relayOf({
        transports: { a, b },
        route: { selector: 'roundRobin' },
      });
      const mail = await add([ADA]);
      await process(mail);
      await clock.advance(600_000);
      await process(mail);
      expect([a.asked.length, b.asked.length]).toEqual([2, 0]);
      expect(await states(mail)).toEqual(['sent']);
    });

    it('goes on after an uncertain outcome with the same transport, even when that one is down', async () => {
      const a = new ScriptedTransport((_, n) => (n === 1 ? lostAfterDot() : n === 2 ? refused() : 'sent'));
      const b = new ScriptedTransport(() => 'sent');
      const { add, process, clock, states } = relayOf({ transports: { a, b } });
      const mail = await add([ADA]);
      await process(mail);
      await clock.advance(900_000);
      await process(mail);
      expect(b.asked).toEqual([]);
      expect(await states(mail)).toEqual(['deferred']);
    });

    it('holds the ways that are left when a shutdown cuts the attempt short, due again at once', async () => {
      const stop = new AbortController();
      const pool = new ScriptedTransport(() => 'sent');
      const a = new ScriptedTransport(() => {
        stop.abort(new Error('shutdown'));
        return 'sent';
      });
      const { add, relay, spool, clock } = relayOf({
        transports: { a, pool },
        route: { transports: ['a'], byRecipientDomain: new Map([['gmail.test', ['pool']]]) },
      });
      const mail = await add([ADA, GMAIL]);
      await relay.process(mail.id, stop.signal);
      expect(pool.asked).toEqual([]);
      expect((await spool.get(mail.id))?.recipients).toMatchObject([
        { state: 'sent' },
        { state: 'held', dueAt: clock.now() + 100 },
      ]);
    });
  });

  describe('with gates', () => {
    it('asks the next transport where one is closed, without counting that as a failure', async () => {
      const [primary, backup] = [new ScriptedTransport(() => 'sent'), new ScriptedTransport(() => 'sent')];
      const gate = new ScriptedGate(({ transport, recipients }) =>
        transport === 'primary' ? { kind: 'closed', until: 0, reason: 'down' } : passes(recipients),
      );
      const { add, process, states, events } = relayOf({ transports: { primary, backup }, gate });
      const mail = await add([ADA]);
      await process(mail);
      expect(primary.asked).toEqual([]);
      expect(await states(mail)).toEqual(['sent']);
      expect(events).toEqual([expect.objectContaining({ transport: 'backup' })]);
    });

    it('holds a mail until the first of its closed transports opens, and counts no attempt', async () => {
      const transports = {
        primary: new ScriptedTransport(() => 'sent'),
        backup: new ScriptedTransport(() => 'sent'),
      };
      const gate = new ScriptedGate(({ transport }, now) => ({
        kind: 'closed',
        until: now + (transport === 'primary' ? 9000 : 5000),
        reason: `${transport} is down`,
      }));
      const { add, process, spool, told, clock } = relayOf({ transports, gate });
      const mail = await add([ADA]);
      await process(mail);
      expect(await spool.get(mail.id)).toMatchObject({
        attempts: 0,
        recipients: [{ state: 'held', dueAt: clock.now() + 5000, reason: 'backup is down' }],
      });
      expect(told()).toEqual([`${ADA} held`]);
      expect([transports.primary.asked, transports.backup.asked]).toEqual([[], []]);
    });

    it('tells each time a mail is held as a fact of its own', async () => {
      const gate = new ScriptedGate((_, now) => ({ kind: 'hold', until: now + 1000, reason: 'quota' }));
      const { add, process, events, clock } = relayOf({
        transports: { primary: new ScriptedTransport(() => 'sent') },
        gate,
      });
      const mail = await add([ADA]);
      for (let i = 0; i < 3; i++) {
        await process(mail);
        await clock.advance(1000);
      }
      expect(new Set(events.map(({ id }) => id)).size).toBe(3);
    });

    it('asks no further transport when a gate puts the mail on hold', async () => {
      const [primary, backup] = [new ScriptedTransport(() => 'sent'), new ScriptedTransport(() => 'sent')];
      const gate = new ScriptedGate((_, now) => ({ kind: 'hold', until: now + 7000, reason: 'quota' }));
      const { add, process, states } = relayOf({ transports: { primary, backup }, gate });
      const mail = await add([ADA]);
      await process(mail);
      expect(await states(mail)).toEqual(['held']);
      expect(gate.asked).toHaveLength(1);
    });

    it('sends to those who pass, and holds the others without counting the attempt', async () => {
      const transport = new ScriptedTransport(() => 'sent');
      const gate = new ScriptedGate((_, now) => ({
        ...passes([ADA]),
        held: [{ address: BOB, until: now + 1000, reason: 'example.test is slow' }],
      }));
      const { add, process, states, spool } = relayOf({ transports: { primary: transport }, gate });
      const mail = await add([ADA, BOB]);
      await process(mail);
      expect(transport.asked).toEqual([[ADA]]);
      expect(await states(mail)).toEqual(['sent', 'held']);
      expect(await spool.get(mail.id)).toMatchObject({ attempts: 0 });
    });

    it('counts the attempt when somebody was tried in vain beside those who are held', async () => {
      const gate = new ScriptedGate((_, now) => ({
        ...passes([ADA]),
        held: [{ address: BOB, until: now + 1000, reason: 'example.test is slow' }],
      }));
      const primary = new ScriptedTransport(() => rcpt('450 4.3.0 Try later'));
      const { add, process, states, spool } = relayOf({ transports: { primary }, gate });
      const mail = await add([ADA, BOB]);
      await process(mail);
      expect(await states(mail)).toEqual(['deferred', 'held']);
      expect(await spool.get(mail.id)).toMatchObject({ attempts: 1 });
    });

    it('tells the gate once what became of the recipients it let pass', async () => {
      const gate = new ScriptedGate(({ recipients }) => passes(recipients));
      const transports = {
        primary: new ScriptedTransport(() => refused()),
        backup: new ScriptedTransport(() => 'sent'),
      };
      const { add, process } = relayOf({ transports, gate });
      await process(await add([ADA]));
      expect(gate.left.map((outcomes) => outcomes.map(({ state }) => state))).toEqual([
        ['deferred'],
        ['sent'],
      ]);
    });

    it('tells the gate also of a try by a transport that throws', async () => {
      class Buggy extends ScriptedTransport {
        override async send(): Promise<TransportResult> {
          throw new Error('bug');
        }
      }
      const gate = new ScriptedGate(({ recipients }) => passes(recipients));
      const { add, process } = relayOf({ transports: { primary: new Buggy(() => 'sent') }, gate });
      await process(await add([ADA]));
      expect(gate.left).toHaveLength(1);
    });

    it('settles what was sent even if a gate throws as it is left', async () => {
      const gate: TryGate = {
        enter: ({ recipients }) => ({
          ...passes(recipients),
          leave: () => {
            throw new Error('bug');
          },
        }),
      };
      const { add, process, states } = relayOf({
        transports: { primary: new ScriptedTransport(() => 'sent') },
        gate,
      });
      const mail = await add([ADA]);
      await process(mail);
      expect(await states(mail)).toEqual(['sent']);
    });

    it.each([
      ['rejects', () => Promise.reject(new Error('down'))],
      [
        'throws',
        (): never => {
          throw new Error('down');
        },
      ],
    ])('keeps a mail a minute when a gate %s, and asks no transport', async (_, answer) => {
      const transport = new ScriptedTransport(() => 'sent');
      const { add, process, spool, clock } = relayOf({
        transports: { primary: transport },
        gate: new ScriptedGate(answer),
      });
      const mail = await add([ADA]);
      await process(mail);
      expect(transport.asked).toEqual([]);
      expect(await spool.get(mail.id)).toMatchObject({
        attempts: 0,
        recipients: [{ state: 'held', dueAt: clock.now() + 60_000 }],
      });
    });

    it('holds no mail beyond its expiry, nor for a time that is already over', async () => {
      let until = 0;
      const gate = new ScriptedGate(() => ({ kind: 'hold', until, reason: 'quota' }));
      const { add, process, spool, clock } = relayOf({
        transports: { primary: new ScriptedTransport(() => 'sent') },
        gate,
      });
      const mail = await add([ADA], { expiresAt: clock.now() + 10_000 });
      await process(mail);
      expect((await spool.get(mail.id))?.recipients[0]?.dueAt).toBeGreaterThan(clock.now());
      await clock.advance(100);
      until = clock.now() + 86_400_000;
      await process(mail);
      expect((await spool.get(mail.id))?.recipients[0]?.dueAt).toBe(mail.expiresAt);
    });
  });

  it('names in the mark of a later try whoever an earlier one was handed over for', async () => {
    const answered421 = (): DeliveryFailure =>
      classifyFailure({
        provenance: 'smtp',
        stage: 'eod',
        reply: parseSmtpReply('421 4.3.2 Service shutting down'),
        upstream: 'relay',
      });
    const primary = new ScriptedTransport((address) =>
      address === ADA ? 'sent' : { ...answered421(), failover: 'now' },
    );
    const backup = new ScriptedTransport(() => 'sent');
    const { add, process, spool } = relayOf({ transports: { primary, backup } });
    const marks: (readonly string[])[] = [];
    const mark = spool.mark.bind(spool);
    spool.mark = (claim, transport, recipients) => {
      marks.push([...recipients]);
      mark(claim, transport, recipients);
    };
    await process(await add([ADA, BOB]));
    expect(backup.asked).toEqual([[BOB]]);
    expect(marks).toEqual([
      [ADA, BOB],
      [ADA, BOB],
    ]);
  });
});
