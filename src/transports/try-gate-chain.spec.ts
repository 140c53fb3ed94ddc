import { describe, expect, it } from 'vitest';
import type { DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import { sampleMail } from '../testing/sample-mail.js';
import { TryGateChain } from './try-gate-chain.js';
import type { TryAnswer, TryGate, TryRequest } from './try-gate.js';

const [ADA, BOB] = ['ada@example.test', 'bob@example.test'] as const;
const REQUEST: TryRequest = { mail: sampleMail({ id: 'm' }), transport: 'primary', recipients: [ADA, BOB] };
const SENT: readonly DeliveryOutcome[] = [{ address: ADA, state: 'sent' }];

/** Writes down what it is asked and told. */
function gateOf(name: string, log: string[], answer?: Partial<TryAnswer> | Error): TryGate {
  return {
    enter({ recipients }): TryAnswer {
      log.push(`${name} asked for ${recipients.length}`);
      if (answer instanceof Error) throw answer;
      const pass = {
        kind: 'pass',
        recipients,
        held: [],
        leave: (outcomes: readonly DeliveryOutcome[]) =>
          void log.push(`${name} left with ${outcomes.length}`),
      };
      return { ...pass, ...answer } as TryAnswer;
    },
  };
}

const later = (gate: TryGate): TryGate => ({ enter: async (request) => gate.enter(request) });

describe('TryGateChain', () => {
  it('lets everybody pass, at once, when there is no gate', () => {
    expect(new TryGateChain([]).enter(REQUEST)).toMatchObject({
      kind: 'pass',
      recipients: [ADA, BOB],
      held: [],
    });
  });

  it('answers at once when its gates do, and leaves them in the other order', () => {
    const log: string[] = [];
    const answer = new TryGateChain([gateOf('a', log), gateOf('b', log)]).enter(REQUEST);
    if (answer instanceof Promise || answer.kind !== 'pass') throw new Error('expected an answer at once');
    answer.leave(SENT);
    expect(log).toEqual(['a asked for 2', 'b asked for 2', 'b left with 1', 'a left with 1']);
  });

  it('asks each gate only for those who passed the ones before, and collects who is held', async () => {
    const log: string[] = [];
    const held = { address: BOB, until: 5, reason: 'slow' };
    const answer = await new TryGateChain([
      later(gateOf('a', log, { kind: 'pass', recipients: [ADA], held: [held] })),
      gateOf('b', log),
    ]).enter(REQUEST);
    expect(answer).toMatchObject({ kind: 'pass', recipients: [ADA], held: [held] });
    expect(log).toEqual(['a asked for 2', 'b asked for 1']);
  });

  it.each(['closed', 'hold'] as const)(
    'leaves the gates it passed when a later one says %s',
    async (kind) => {
      const log: string[] = [];
      const refusal = { kind, until: 7, reason: 'r' };
      const chain = new TryGateChain([gateOf('a', log), later(gateOf('b', log, refusal)), gateOf('c', log)]);
      expect(await chain.enter(REQUEST)).toMatchObject(refusal);
      expect(log).toEqual(['a asked for 2', 'b asked for 2', 'a left with 0']);
    },
  );

  it('leaves the gates it passed when a later one fails', async () => {
    const log: string[] = [];
    const broken = gateOf('b', log, new Error('down'));
    expect(() => new TryGateChain([gateOf('a', log), broken]).enter(REQUEST)).toThrow('down');
    await expect(new TryGateChain([gateOf('a', log), later(broken)]).enter(REQUEST)).rejects.toThrow('down');
    expect(log.filter((line) => line === 'a left with 0')).toHaveLength(2);
  });

  it('asks no further gate when nobody is left', () => {
    const log: string[] = [];
    const held = [ADA, BOB].map((address) => ({ address, until: 5, reason: 'slow' }));
    const nobody = gateOf('a', log, { kind: 'pass', recipients: [], held });
    expect(new TryGateChain([nobody, gateOf('b', log)]).enter(REQUEST)).toMatchObject({ held });
    expect(log).toEqual(['a asked for 2']);
  });

  it('leaves every gate even if one throws on it', () => {
    const log: string[] = [];
    const throws = gateOf('b', log, {
      kind: 'pass',
      leave: () => {
        throw new Error('bug');
      },
    });
    const answer = new TryGateChain([gateOf('a', log), throws]).enter(REQUEST);
    if (answer instanceof Promise || answer.kind !== 'pass') throw new Error('expected an answer at once');
    expect(() => answer.leave(SENT)).toThrow('bug');
    expect(log).toContain('a left with 1');
  });
});
