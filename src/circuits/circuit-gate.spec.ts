import { describe, expect, it } from 'vitest';
import { DEFAULT_CIRCUIT_SETTINGS } from '../core/circuit/circuit-breaker.js';
import type { CircuitState } from '../core/circuit/circuit-state.js';
import { failedOutcome, type DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import type { DeliveryFailure, SmtpStage } from '../core/failure/delivery-failure.js';
import { classifyFailure } from '../core/failure/failure-classifier.js';
import { parseSmtpReply } from '../core/failure/smtp-reply.js';
import type { RelayEvent } from '../events/relay-event.js';
import { sampleMail } from '../testing/sample-mail.js';
import { TestClock } from '../testing/test-clock.js';
import { MemoryTransport } from '../transports/memory/memory.transport.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import type { TryAnswer, TryPassed } from '../transports/try-gate.js';
import { BreakerStore, type Replaced, type StoredCircuit } from './breaker-store.js';
import { CircuitAlerts } from './circuit-alerts.js';
import { CircuitBoard } from './circuit-board.js';
import { CircuitGate } from './circuit-gate.js';
import { MemoryBreakerStore } from './memory/memory-breaker-store.js';
import { CircuitStates } from './circuit-states.js';

const ADA = 'ada@example.test';
const SENT: readonly DeliveryOutcome[] = [{ address: ADA, state: 'sent' }];
const failed = (failure: DeliveryFailure) => [failedOutcome(ADA, failure)];
const answer = (stage: SmtpStage, text: string) =>
  failed(classifyFailure({ provenance: 'smtp', stage, reply: parseSmtpReply(text), upstream: 'relay' }));
const lost = (stage: SmtpStage) =>
  failed(classifyFailure({ provenance: 'network', stage, upstream: 'relay' }));
const REFUSED = lost('conn');
const BAD_LOGIN = answer('auth', '535 5.7.8 Bad credentials');
const NO_SUCH_USER = answer('rcpt', '550 5.1.1 No such user');
const SENDER_REFUSED = answer('mail', '550 5.7.1 Sender refused');

/** One store for several processes, across a network: it answers later, and tells the others. */
class SharedStore {
  readonly circuits = new Map<string, StoredCircuit>();
  readonly #watchers = new Map<BreakerStore, (circuit: StoredCircuit) => void>();
  #writes = 0;
  isDown = false;

  ofProcess(): BreakerStore {
    const store: BreakerStore = {
      watch: async (onChange) => {
        this.#watchers.set(store, onChange);
        for (const circuit of this.circuits.values()) onChange(circuit);
      },
      replace: async (name, expected, state) => this.#replace(store, name, expected, state),
      close: async () => {},
    };
    return store;
  }

  async #replace(
    by: BreakerStore,
    name: string,
    expected: string | undefined,
    state: CircuitState,
  ): Promise<Replaced> {
    if (this.isDown) throw new Error('the store is down');
    const stored = this.circuits.get(name);
    if (stored?.version !== expected) return { done: false, circuit: stored };
    const circuit = { name, version: `v${++this.#writes}`, state };
    this.circuits.set(name, circuit);
    for (const [store, tell] of this.#watchers) if (store !== by) tell(circuit);
    return { done: true, circuit };
  }
}

interface Setup {
  readonly store?: BreakerStore;
  readonly clock?: TestClock;
}

function gateOf({ store = new MemoryBreakerStore(), clock = new TestClock() }: Setup = {}) {
  const events: RelayEvent[] = [];
  const warnings: string[] = [];
  const log = { debug() {}, log() {}, warn: (line: string) => void warnings.push(line), error() {} };
  const alerts = new CircuitAlerts({
    relay: 'default',
    events: { publish: () => {}, keep: async () => {}, record: async (told) => void events.push(...told) },
    clock,
    log,
  });
  const board = new CircuitBoard({
    store,
    settings: DEFAULT_CIRCUIT_SETTINGS,
    clock,
    log,
    onChange: (circuit, from, to) => alerts.changed(circuit, from, to),
  });
  board.watch();
  const gate = new CircuitGate(board);
  const registry = new TransportRegistry([{ name: 'primary', transport: new MemoryTransport(1, clock) }]);
  const enter = (fromDomain = 'acme.test', transport = 'primary') =>
    gate.enter({ mail: sampleMail({ id: 'm', fromDomain }), transport, recipients: [ADA] });
  return {
    clock,
    events,
    warnings,
    enter,
    states: new CircuitStates(registry, board),
    told: () => events.map((event) => event.type),
    /** One try that comes to this end; what the gate said where it did not let it pass. */
    async attempt(outcomes: readonly DeliveryOutcome[], fromDomain?: string): Promise<TryAnswer['kind']> {
      const entered = await enter(fromDomain);
      if (entered.kind === 'pass') entered.leave(outcomes);
      await settled();
      return entered.kind;
    },
  };
}

const settled = () => new Promise(setImmediate);

function passed(entered: TryAnswer | Promise<TryAnswer>): TryPassed {
  if (entered instanceof Promise || entered.kind !== 'pass') throw new Error('expected to pass at once');
  return entered;
}

describe('CircuitGate', () => {
  it('answers at once while everything works', () => {
    const { enter } = gateOf();
    passed(enter()).leave(SENT);
    expect(enter()).toMatchObject({ kind: 'pass', recipients: [ADA], held: [] });
  });

  it('closes a transport that cannot be reached to the next mail, and tells it once', async () => {
    const { attempt, enter, events, clock } = gateOf();
    await attempt(REFUSED);
    for (let i = 0; i < 5; i++) {
      expect(await enter()).toEqual({
        kind: 'closed',
        until: clock.now() + 5000,
        reason: 'transport primary cannot be reached',
      });
    }
    expect(events).toEqual([
      expect.objectContaining({
        type: 'transport.down',
        relay: 'default',
        transport: 'primary',
        reason: 'unreachable',
        until: new Date(clock.now() + 5000),
      }),
    ]);
  });

  it('lets one probe pass, and everybody once that has worked', async () => {
    const { attempt, enter, told, clock } = gateOf();
    await attempt(REFUSED);
    await clock.advance(5000);
    const probe = passed(enter());
    expect((await enter()).kind).toBe('closed');
    probe.leave(SENT);
    expect((await enter()).kind).toBe('pass');
    expect(told()).toEqual(['transport.down', 'transport.up']);
  });

  it('tells nothing again when a probe fails, and when it is up tells since when it was down', async () => {
    const { attempt, events, told, clock } = gateOf();
    const start = clock.now();
    await attempt(REFUSED);
    await clock.advance(5000);
    await attempt(REFUSED);
    await clock.advance(10_000);
    await attempt(NO_SUCH_USER);
    expect(told()).toEqual(['transport.down', 'transport.up']);
    expect(events[1]).toMatchObject({ reason: 'unreachable', since: new Date(start) });
  });

  it('stays closed after any number of recipients that are refused', async () => {
    const { attempt, told } = gateOf();
    for (let i = 0; i < 100; i++) expect(await attempt(NO_SUCH_USER)).toBe('pass');
    expect(told()).toEqual([]);
  });

  it('is not impressed by one connection that cannot be made while others work', async () => {
    const { attempt, enter } = gateOf();
    const [slow, quick] = [passed(enter()), passed(enter())];
    quick.leave(SENT);
    slow.leave(REFUSED);
    expect(await attempt(SENT)).toBe('pass');
  });

  it('counts lost connections in a row, and forgets them when one mail goes through', async () => {
    const { attempt, told } = gateOf();
    for (let i = 0; i < 4; i++) await attempt(lost('body'));
    await attempt(SENT);
    for (let i = 0; i < 4; i++) await attempt(lost('body'));
    expect(told()).toEqual([]);
    await attempt(lost('body'));
    expect(told()).toEqual(['transport.down']);
  });

  it('does not take a server that throttles, and hangs up now and then, for one that is down', async () => {
    const { attempt, told } = gateOf();
    for (let i = 0; i < 20; i++) {
      for (let lostOnes = 0; lostOnes < 4; lostOnes++) await attempt(lost('mail'));
      await attempt(answer('mail', '421 4.7.28 Too many messages'));
    }
    expect(told()).toEqual([]);
  });

  it('tells of an account by its own reason, also where the transport was down before', async () => {
    const { attempt, events, clock } = gateOf();
    await attempt(REFUSED);
    await clock.advance(5000);
    await attempt(BAD_LOGIN);
    expect(events).toMatchObject([{ reason: 'unreachable' }, { type: 'transport.down', reason: 'account' }]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
  });

  it('closes a transport to one From domain only', async () => {
    const { attempt, enter, events } = gateOf();
    await attempt(SENDER_REFUSED, 'wrong.test');
    expect(await enter('wrong.test')).toMatchObject({
      kind: 'closed',
      reason: 'transport primary refuses the From domain wrong.test',
    });
    expect((await enter('acme.test')).kind).toBe('pass');
    expect((await enter('wrong.test', 'backup')).kind).toBe('pass');
    expect(events).toMatchObject([{ transport: 'primary', fromDomain: 'wrong.test', reason: 'identity' }]);
  });

  it('opens to a From domain again when its probe is taken', async () => {
    const { attempt, told, clock } = gateOf();
    await attempt(SENDER_REFUSED, 'wrong.test');
    await clock.advance(60_000);
    expect(await attempt(SENT, 'wrong.test')).toBe('pass');
    expect(await attempt(SENT, 'wrong.test')).toBe('pass');
    expect(told()).toEqual(['transport.down', 'transport.up']);
  });

  it('gives the probe of a From domain back when the transport itself is closed', async () => {
    const { attempt, enter, clock } = gateOf();
    await attempt(SENDER_REFUSED, 'wrong.test');
    await clock.advance(59_000);
    await attempt(REFUSED, 'acme.test');
    await clock.advance(1000);
    expect(await enter('wrong.test')).toMatchObject({ reason: 'transport primary cannot be reached' });
    await clock.advance(4000);
    expect(await attempt(SENT, 'wrong.test')).toBe('pass');
  });

  it('lets the next mail probe when a probe came to nothing', async () => {
    const { attempt, clock } = gateOf();
    await attempt(REFUSED);
    await clock.advance(5000);
    await attempt([]);
    expect(await attempt(SENT)).toBe('closed');
    await clock.advance(1000);
    expect(await attempt(SENT)).toBe('pass');
  });

  it('shows which transports are down, for whom, and why', async () => {
    const { attempt, enter, states, clock } = gateOf();
    expect(states.all()).toEqual([{ name: 'primary', transport: { state: 'up' }, identities: new Map() }]);
    await attempt(SENDER_REFUSED, 'wrong.test');
    await attempt(REFUSED);
    const [primary] = states.all();
    expect(primary?.transport).toMatchObject({ state: 'down', reason: 'unreachable' });
    expect(primary?.identities.get('wrong.test')).toMatchObject({ state: 'down', reason: 'identity' });
    await clock.advance(5000);
    passed(enter());
    expect(states.all()[0]?.transport).toMatchObject({ state: 'probing' });
  });

  it('logs neither address nor answer', async () => {
    const { attempt, warnings } = gateOf();
    await attempt(answer('mail', `550 5.7.1 Sender ${ADA} refused`), 'wrong.test');
    expect(warnings).toHaveLength(1);
    expect(warnings.join()).not.toContain('ada');
  });
});

describe('CircuitGate in several processes', () => {
  async function processes() {
    const shared = new SharedStore();
    const clock = new TestClock();
    const [a, b] = [
      gateOf({ store: shared.ofProcess(), clock }),
      gateOf({ store: shared.ofProcess(), clock }),
    ];
    await settled();
    return { shared, clock, a, b };
  }

  it('finds out for all of them, and tells it once', async () => {
    const { a, b } = await processes();
    await a.attempt(REFUSED);
    expect((await b.enter()).kind).toBe('closed');
    expect([...a.told(), ...b.told()]).toEqual(['transport.down']);
  });

  it('tells it once when both find out at the same time', async () => {
    const { a, b } = await processes();
    const entered = [passed(a.enter()), passed(b.enter())];
    for (const one of entered) one.leave(REFUSED);
    await settled();
    expect([...a.told(), ...b.told()]).toEqual(['transport.down']);
  });

  it('sends one probe for all, and opens for all when it works', async () => {
    const { a, b, clock } = await processes();
    await a.attempt(REFUSED);
    await clock.advance(5000);
    const entered = await Promise.all([a.enter(), b.enter(), a.enter(), b.enter()]);
    expect(entered.filter(({ kind }) => kind === 'pass')).toHaveLength(1);
    for (const one of entered) if (one.kind === 'pass') one.leave(SENT);
    await settled();
    expect((await a.enter()).kind).toBe('pass');
    expect((await b.enter()).kind).toBe('pass');
    expect([...a.told(), ...b.told()].toSorted()).toEqual(['transport.down', 'transport.up']);
  });

  it('hears at its start what is down', async () => {
    const { a, shared, clock } = await processes();
    await a.attempt(REFUSED);
    const late = gateOf({ store: shared.ofProcess(), clock });
    await settled();
    expect((await late.enter()).kind).toBe('closed');
  });

  it('goes on by itself while the store is down, and warns once', async () => {
    const { a, shared, clock } = await processes();
    shared.isDown = true;
    await a.attempt(REFUSED);
    expect((await a.enter()).kind).toBe('closed');
    await clock.advance(5000);
    expect(await a.attempt(SENT)).toBe('pass');
    expect((await a.enter()).kind).toBe('pass');
    expect(a.told()).toEqual(['transport.down', 'transport.up']);
    expect(a.warnings.filter((line) => line.includes('cannot be shared'))).toHaveLength(1);
  });

  it('is not confused by a store that forgets', async () => {
    const { a, shared, clock } = await processes();
    await a.attempt(REFUSED);
    shared.circuits.clear();
    await clock.advance(5000);
    expect(await a.attempt(REFUSED)).toBe('pass');
    expect((await a.enter()).kind).toBe('closed');
    expect(shared.circuits.get('primary')?.state.kind).toBe('open');
  });
});
