import { describe, expect, it } from 'vitest';
import { sampleMail } from '../testing/sample-mail.js';
import { TestClock } from '../testing/test-clock.js';
import { memory } from '../transports/memory/memory.js';
import type { MailTransport } from '../transports/mail-transport.js';
import { LiveTransports } from './live-transports.js';
import { TenantResolver, type TenantSettings } from './tenant-resolver.js';
import { Tenants, type TenantWay } from './tenants.js';

/** Plain JavaScript can say this. */
const PER_YEAR: object = { perYear: 1 };

type Answer = TenantSettings | undefined | Error;

class Desk extends TenantResolver {
  readonly clock = new TestClock();
  readonly known = new Map<string, Answer>();
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  readonly said: string[] = [];
  readonly live: LiveTransports;
  readonly tenants: Tenants;
  asked = 0;
  wait: Promise<void> | undefined;

  constructor(max = 10) {
    super();
    const note = (line: string): void => void this.said.push(line);
    const log = { debug: note, log: note, warn: note, error: note };
    const { clock } = this;
    this.live = new LiveTransports(clock, log, ({ version }, name) => this.#open(`${name} ${version}`), {
      max,
      idleMs: 60_000,
    });
    this.tenants = new Tenants({ resolver: this, live: this.live, clock, log, localDomains: [] });
  }

  override async resolve(tenant: string): Promise<TenantSettings | undefined> {
    this.asked++;
    await this.wait;
    const answer = this.known.get(tenant);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  has(tenant: string, changes: Partial<TenantSettings> = {}): void {
    this.known.set(tenant, { transport: memory(), domains: [`${tenant}.test`], version: 1, ...changes });
  }

  way(tenant: string, fromDomain = `${tenant}.test`): Promise<TenantWay> {
    return this.tenants.wayOf(sampleMail({ id: '1', tenant, fromDomain }));
  }

  async go(tenant: string): Promise<Extract<TenantWay, { kind: 'go' }>> {
    const way = await this.way(tenant);
    if (way.kind === 'go') return way;
    throw new Error(way.reason);
  }

  #open(name: string): MailTransport {
    this.opened.push(name);
    const transport = memory().open({ relay: 'default', clock: this.clock, notice() {}, warn() {} });
    transport.close = async () => void this.closed.push(name);
    return transport;
  }
}

describe('the tenants of a relay', () => {
  it('admit a draft that is from a domain of its tenant', async () => {
    const desk = new Desk();
    desk.has('a', { domains: ['A.test', 'bücher.test'] });
    await expect(desk.tenants.admit('a', ['a.test', 'xn--bcher-kva.test'])).resolves.toBeUndefined();
  });

  it.each([
    ['of another tenant', ['b.test']],
    ['below its own', ['sub.a.test']],
    ['of another sender', ['a.test', 'b.test']],
  ])('refuse a draft from a domain %s', async (_, domains) => {
    const desk = new Desk();
    desk.has('a');
    desk.has('b');
    await expect(desk.tenants.admit('a', domains)).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_DRAFT',
      field: 'from',
    });
  });

  it('refuse a draft of a tenant there is none of', async () => {
    await expect(new Desk().tenants.admit('nobody', ['a.test'])).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_TENANT_UNKNOWN',
      field: 'tenant',
    });
  });

  it('tell nothing of what the resolver threw', async () => {
    const desk = new Desk();
    desk.known.set('a', new RangeError('postgres://app:hunter2@db'));
    const error: unknown = await desk.tenants.admit('a', ['a.test']).catch((one: unknown) => one);
    expect(error).toMatchObject({ code: 'ERR_MAIL_RELAY_TENANT_UNAVAILABLE' });
    expect(await desk.way('a')).toMatchObject({ kind: 'hold', reason: 'its tenant could not be resolved' });
    expect(desk.said).toHaveLength(1);
    const { message, cause } = error as Error;
    expect([message, String(cause), ...desk.said].join('\n')).not.toContain('hunter2');
    expect(desk.said[0]).toContain('RangeError');
  });

  it.each([
    ['a version', { version: '' }],
    ['a domain', { domains: [] }],
    ['a domain that is one', { domains: ['not a domain'] }],
    ['a transport that is one', { transport: 'http://user:hunter2@host' }],
    ['a limit that is one', { limits: { perDay: 0 } }],
    ['a rate that is kept', { limits: { perSecond: 10_001 } }],
    ['a limit there is', { limits: { ...PER_YEAR } }],
    ['a key that signs', { dkim: { domainName: 'a.test', keySelector: 's', privateKey: 'hunter2' } }],
  ])('hold mail while the resolver does not give %s', async (_, changes) => {
    const desk = new Desk();
    desk.has('a', changes);
    expect(await desk.way('a')).toMatchObject({ kind: 'hold' });
    expect(desk.said.join()).not.toContain('hunter2');
  });

  it('hold mail while a transport brings limits, and say where they belong', async () => {
    const desk = new Desk();
    desk.has('a', { transport: { ...memory(), limits: { perSecond: 1 } } });
    expect(await desk.way('a')).toMatchObject({ kind: 'hold' });
    expect(desk.said.join()).toContain(
      'transport.limits would not be kept to: give them as the limits of the tenant',
    );
  });

  it('ask once for calls at the same time, and again for the next', async () => {
    const desk = new Desk();
    desk.has('a');
    await Promise.all([desk.way('a'), desk.tenants.admit('a', ['a.test']), desk.way('a')]);
    expect(desk.asked).toBe(1);
    await desk.way('a');
    expect(desk.asked).toBe(2);
  });

  it('ask again after a failure', async () => {
    const desk = new Desk();
    desk.known.set('a', new Error('gone'));
    await desk.way('a');
    desk.has('a');
    expect(await desk.way('a')).toMatchObject({ kind: 'go' });
  });

  it('hold mail whose tenant is gone, or may not send from its domain any more', async () => {
    const desk = new Desk();
    expect(await desk.way('a')).toMatchObject({ kind: 'hold', reason: 'its tenant is not known any more' });
    desk.has('a', { domains: ['new.test'] });
    expect(await desk.way('a')).toMatchObject({
      kind: 'hold',
      reason: 'its tenant may not send from this domain any more',
    });
  });

  it('send over one transport for each tenant, which knows no other', async () => {
    const desk = new Desk();
    desk.has('a');
    desk.has('b');
    const [a, again, b] = [await desk.go('a'), await desk.go('a'), await desk.go('b')];
    expect(a.own?.registry.get('tenant:a')).toBe(again.own?.registry.get('tenant:a'));
    expect(() => a.own?.registry.get('tenant:b')).toThrow();
    expect(b.own?.registry.names()).toEqual(['tenant:b']);
  });

  it('leave the route of the stream to a tenant without a transport', async () => {
    const desk = new Desk();
    desk.has('a', { transport: undefined });
    expect((await desk.go('a')).own).toBeUndefined();
    expect(desk.opened).toEqual([]);
  });

  it('open another transport for another version, and close the old one after its last mail', async () => {
    const desk = new Desk();
    desk.has('a');
    const [first, second] = [await desk.go('a'), await desk.go('a')];
    desk.has('a', { version: 2 });
    await desk.go('a');
    expect(desk.opened).toEqual(['tenant:a 1', 'tenant:a 2']);
    first.release();
    first.release();
    expect(desk.closed).toEqual([]);
    second.release();
    expect(desk.closed).toEqual(['tenant:a 1']);
  });

  it('close the transport that was used longest ago when there are too many, but none in use', async () => {
    const desk = new Desk(2);
    for (const tenant of ['a', 'b', 'c', 'd']) desk.has(tenant);
    const a = await desk.go('a');
    for (const tenant of ['b', 'c', 'd']) (await desk.go(tenant)).release();
    expect(desk.live.size).toBe(2);
    expect(desk.closed).toEqual(['tenant:b 1']);
    a.release();
    expect(desk.closed).toEqual(['tenant:b 1', 'tenant:a 1']);
  });

  it('close a transport that was idle, and not one in use', async () => {
    const desk = new Desk();
    desk.has('a');
    desk.has('b');
    (await desk.go('a')).release();
    await desk.go('b');
    await desk.clock.advance(120_000);
    expect(desk.closed).toEqual(['tenant:a 1']);
  });

  it('open a transport again after it was closed', async () => {
    const desk = new Desk();
    desk.has('a');
    (await desk.go('a')).release();
    await desk.clock.advance(120_000);
    await desk.go('a');
    expect(desk.opened).toEqual(['tenant:a 1', 'tenant:a 1']);
  });

  it('close every transport at the end', async () => {
    const desk = new Desk();
    desk.has('a');
    desk.has('b');
    (await desk.go('a')).release();
    await desk.go('b');
    await desk.tenants.close();
    expect(desk.closed.toSorted()).toEqual(['tenant:a 1', 'tenant:b 1']);
  });

  it('tell the limits a tenant brings, for as long as it brings them', async () => {
    const desk = new Desk();
    desk.has('a', { limits: { perDay: 7 } });
    await desk.way('a');
    expect(desk.tenants.limitsOf('a')).toEqual({ perDay: 7 });
    desk.has('a');
    await desk.way('a');
    expect(desk.tenants.limitsOf('a')).toBeUndefined();
  });
});
