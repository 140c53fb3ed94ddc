import { describe, expect, it } from 'vitest';
import { sampleMail } from '../testing/sample-mail.js';
import { MailEventBus } from './mail-event-bus.js';
import { mailEventBase } from './mail-event-base.js';
import type { MailEvent } from './mail-event.js';
import { isMailEvent, type RelayEvent } from './relay-event.js';

function sentEvent(mailId: string, attempt = 1, recipient = 'ada@example.test'): MailEvent {
  const mail = sampleMail({ id: mailId, tags: ['a', 'b'] });
  return { ...mailEventBase('sent', mail, recipient, attempt, 0), attempt, transport: 'primary' };
}

const down: RelayEvent = {
  type: 'transport.down',
  id: 'default.primary.0.down',
  relay: 'default',
  transport: 'primary',
  reason: 'unreachable',
  summary: 'It is down.',
  at: new Date(0),
  until: new Date(5000),
};

const nameOf = (event: RelayEvent): string =>
  isMailEvent(event) ? event.mailId : 'transport' in event ? event.transport : event.id;

function busOf() {
  const warnings: string[] = [];
  const bus = new MailEventBus({ warn: (message) => warnings.push(message) });
  void bus.open();
  return { bus, warnings };
}

describe('MailEventBus', () => {
  it('calls a listener from few frames of its own, because an error has them all', async () => {
    const { bus } = busOf();
    let stack = '';
    const handle = (): void => void (stack = new Error('where am I').stack ?? '');
    bus.listen({ name: 'L', types: ['sent'], filter: {}, handle });
    bus.publish([sentEvent('a')]);
    await expect.poll(() => stack).not.toBe('');
    const own = stack.split('\n').filter((line) => /listener-runner|mail-event-bus\.(?!spec)/.test(line));
    expect(own.length).toBeLessThanOrEqual(3);
  });

  it('tells listeners in the order of publishing', async () => {
    const { bus } = busOf();
    const heard: string[] = [];
    bus.listen({
      name: 'L',
      types: ['sent'],
      filter: {},
      handle: (event) => void heard.push(nameOf(event)),
    });
    bus.publish([sentEvent('1'), sentEvent('2')]);
    bus.publish([sentEvent('3')]);
    await bus.drain(1000);
    expect(heard).toEqual(['1', '2', '3']);
  });

  it('says that a durable listener is none where nothing keeps events', () => {
    const { bus, warnings } = busOf();
    bus.listen({ name: 'L', types: ['sent'], filter: {}, durable: {}, handle: () => undefined });
    expect(warnings).toEqual([expect.stringContaining('Listener L asks to be durable')]);
  });

  it('says nothing of a part of the relay, which nobody has asked for', () => {
    const { bus, warnings } = busOf();
    const own = { name: 'own', types: ['sent'], filter: {}, durable: {}, isOwn: true } as const;
    bus.listen({ ...own, handle: () => undefined });
    expect(warnings).toEqual([]);
  });

  it('keeps what is published before the listeners are known', async () => {
    const bus = new MailEventBus({ warn: () => {} });
    const heard: string[] = [];
    bus.publish([sentEvent('1')]);
    bus.listen({
      name: 'L',
      types: ['sent'],
      filter: {},
      handle: (event) => void heard.push(nameOf(event)),
    });
    void bus.open();
    await bus.drain(1000);
    expect(heard).toEqual(['1']);
  });

  it('goes on after nothing was published', async () => {
    const { bus } = busOf();
    const heard: string[] = [];
    bus.listen({
      name: 'L',
      types: ['sent'],
      filter: {},
      handle: (event) => void heard.push(nameOf(event)),
    });
    bus.publish([]);
    bus.publish([sentEvent('1')]);
    await bus.drain(1000);
    expect(heard).toEqual(['1']);
  });

  it('does not call a listener before publish has returned', () => {
    const { bus } = busOf();
    let called = false;
    bus.listen({ name: 'L', types: ['sent'], filter: {}, handle: () => (called = true) });
    bus.publish([sentEvent('1')]);
    expect(called).toBe(false);
  });

  it('goes on after a listener that throws, and names it without the address', async () => {
    const { bus, warnings } = busOf();
    const heard: string[] = [];
    bus.listen({
      name: 'Bad.throws',
      types: ['sent'],
      filter: {},
      handle: () => {
        throw new Error('boom');
      },
    });
    bus.listen({
      name: 'Bad.rejects',
      types: ['sent'],
      filter: {},
      handle: () => Promise.reject(new Error('boom')),
    });
    bus.listen({
      name: 'Good',
      types: ['sent'],
      filter: {},
      handle: (event) => void heard.push(nameOf(event)),
    });
    bus.publish([sentEvent('1'), sentEvent('2')]);
    await bus.drain(1000);
    expect(heard).toEqual(['1', '2']);
    expect(warnings.filter((line) => line.includes('Bad.throws'))).toHaveLength(2);
    expect(warnings.filter((line) => line.includes('Bad.rejects'))).toHaveLength(2);
    expect(warnings.join()).not.toContain('example.test');
  });

  it('calls a slow listener one after the other for one recipient, side by side for others', async () => {
    const { bus } = busOf();
    const log: string[] = [];
    const release: (() => void)[] = [];
    bus.listen({
      name: 'Slow',
      types: ['sent'],
      filter: {},
      handle: (event) => {
        log.push(event.id);
        return new Promise<void>((resolve) => release.push(resolve));
      },
    });
    bus.publish([sentEvent('1', 1), sentEvent('1', 2), sentEvent('2', 1)]);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(log).toEqual(['1.0.0.1.sent', '2.0.0.1.sent']);
    release[0]?.();
    await new Promise(setImmediate);
    expect(log).toHaveLength(3);
  });

  it('does not wait for a listener that hangs longer than it is told to', async () => {
    const { bus } = busOf();
    bus.listen({ name: 'Hung', types: ['sent'], filter: {}, handle: () => new Promise(() => {}) });
    bus.publish([sentEvent('1')]);
    await bus.drain(20);
  });

  it('bounds what waits for a listener that hangs, and says that events are missed', async () => {
    const { bus, warnings } = busOf();
    let calls = 0;
    bus.listen({
      name: 'Hung',
      types: ['sent'],
      filter: {},
      handle: () => {
        calls++;
        return new Promise(() => {});
      },
    });
    bus.publish(Array.from({ length: 10_500 }, (_, i) => sentEvent(`${i}`)));
    await bus.drain(500);
    expect(calls).toBe(10_000);
    expect(warnings).toEqual([expect.stringContaining('Hung')]);
  });

  it('tells events$ what it tells listeners', async () => {
    const { bus } = busOf();
    const heard: string[] = [];
    bus.events$.subscribe((event) => heard.push(event.mailId));
    bus.publish([sentEvent('1')]);
    await bus.drain(1000);
    expect(heard).toEqual(['1']);
  });

  it('tells listeners of transports too, and keeps these events from events$', async () => {
    const { bus } = busOf();
    const heard: string[] = [];
    const seen: string[] = [];
    bus.listen({
      name: 'L',
      types: ['transport.down', 'sent'],
      filter: {},
      handle: (event) => void heard.push(event.type),
    });
    bus.events$.subscribe((event) => seen.push(event.type));
    bus.publish([down, sentEvent('1')]);
    await bus.drain(1000);
    expect(heard).toEqual(['transport.down', 'sent']);
    expect(seen).toEqual(['sent']);
  });

  it.each([
    [{}, true],
    [{ transport: 'primary', relay: 'default' }, true],
    [{ transport: ['backup', 'primary'] }, true],
    [{ transport: 'backup' }, false],
    [{ stream: 'transactional' }, false],
    [{ stream: undefined }, true],
  ])('filter %j on a transport that is down: %s', async (filter, hears) => {
    const { bus } = busOf();
    let heard = false;
    bus.listen({ name: 'L', types: ['transport.down'], filter, handle: () => void (heard = true) });
    bus.publish([down]);
    await bus.drain(1000);
    expect(heard).toBe(hears);
  });

  it.each([
    [{}, true],
    [{ transport: 'primary' }, true],
    [{ transport: 'backup' }, false],
    [{ stream: 'transactional' }, true],
    [{ stream: ['marketing', 'transactional'] }, true],
    [{ stream: 'marketing' }, false],
    [{ tag: 'b' }, true],
    [{ tag: ['c', 'a'] }, true],
    [{ tag: 'c' }, false],
    [{ template: 'welcome' }, false],
    [{ relay: 'default', tag: 'a' }, true],
    [{ relay: 'other', tag: 'a' }, false],
    [{ kind: 'hard' as const }, false],
    [{ stream: undefined }, true],
  ])('filter %j on a sent mail of the stream "transactional": %s', async (filter, hears) => {
    const { bus } = busOf();
    let heard = false;
    bus.listen({ name: 'L', types: ['sent'], filter, handle: () => void (heard = true) });
    bus.publish([sentEvent('1')]);
    await bus.drain(1000);
    expect(heard).toBe(hears);
  });
});
