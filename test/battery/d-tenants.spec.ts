import { afterEach, describe, expect, it } from 'vitest';
import {
  memory,
  smtp,
  TenantResolver,
  TransportRegistry,
  type MailDraft,
  type MailRelayModuleOptions,
  type MemoryTransport,
  type TenantSettings,
  type TransportDefinition,
} from 'nestjs-mail-relay';
import { RelayApp } from '../support/relay-app.js';

const SECRET = 'hunter2-of-alpha';

/** Transports that remember what went over them, by tenant. */
class Outlets {
  readonly opened = new Map<string, MemoryTransport[]>();

  of(tenant: string): TransportDefinition {
    const definition = memory();
    return {
      ...definition,
      open: (setup) => {
        const transport = definition.open(setup) as MemoryTransport;
        this.opened.set(tenant, [...(this.opened.get(tenant) ?? []), transport]);
        return transport;
      },
    };
  }

  /** Message ids that went over the transports of a tenant. */
  sent(tenant: string): readonly string[] {
    return (this.opened.get(tenant) ?? []).flatMap(({ messages }) => messages.map((one) => one.messageId));
  }
}

class Directory extends TenantResolver {
  readonly known = new Map<string, TenantSettings | Error>();

  override async resolve(tenant: string): Promise<TenantSettings | undefined> {
    const found = this.known.get(tenant);
    if (found instanceof Error) throw found;
    return found;
  }
}

let app: RelayApp | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start(options: MailRelayModuleOptions = {}) {
  const directory = new Directory();
  const outlets = new Outlets();
  for (const tenant of ['alpha', 'beta']) {
    directory.known.set(tenant, { transport: outlets.of(tenant), domains: [`${tenant}.test`], version: 1 });
  }
  app = await RelayApp.start({
    transport: outlets.of('house'),
    tenants: { useFactory: () => directory },
    ...options,
  });
  const { mail } = app;
  const send = (tenant: string, changes: Partial<MailDraft> & Record<string, unknown> = {}) =>
    mail.send({
      tenant,
      from: `Shop <hello@${tenant}.test>`,
      to: 'ada@example.test',
      subject: 'Hello',
      text: 'Hello.',
      ...changes,
    });
  return { app, mail, directory, outlets, send };
}

describe('D14: a tenant', () => {
  it('D14: sends over its own transport, and nobody else does', async () => {
    const { send, outlets, mail } = await start();
    const alpha = await send('alpha');
    const beta = await send('beta');
    const house = await mail.send({ to: 'ada@example.test', subject: 'Hello', text: 'Hello.' });
    expect(outlets.sent('alpha')).toEqual([alpha.messageId]);
    expect(outlets.sent('beta')).toEqual([beta.messageId]);
    expect(outlets.sent('house')).toEqual([house.messageId]);
    expect(alpha.recipients[0]?.transport).toBe('tenant:alpha');
  });

  it.each([
    ['From header', { from: 'hello@beta.test' }],
    ['From header below its own domain', { from: 'hello@sub.alpha.test' }],
    ['Sender header', { sender: 'hello@beta.test' }],
    ['From header of the house', { from: undefined }],
  ])('D14: cannot use a %s that is not its own', async (_, changes) => {
    const { send, outlets } = await start();
    await expect(send('alpha', changes)).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_DRAFT',
      field: 'from',
    });
    expect(outlets.opened.has('alpha')).toBe(false);
  });

  it('D14: cannot find the transport of another by name', async () => {
    const { send, app: running } = await start();
    await send('beta');
    const registry = running.app.get(TransportRegistry);
    expect(registry.names()).toEqual(['default']);
    for (const name of ['beta', 'tenant:beta']) {
      expect(() => registry.get(name)).toThrow(
        expect.objectContaining({ code: 'ERR_MAIL_RELAY_UNKNOWN_TRANSPORT' }),
      );
    }
  });

  it('D14: cannot reach the mail of another by an idempotency key', async () => {
    const { send } = await start();
    const alpha = await send('alpha', { idempotencyKey: 'order-1' });
    const beta = await send('beta', { idempotencyKey: 'order-1' });
    expect(beta.mailId).not.toBe(alpha.mailId);
  });

  it('D14: does not find the mail of another by its id', async () => {
    const { send, mail } = await start();
    const { mailId } = await send('alpha');
    expect(await mail.status(mailId, { tenant: 'beta' })).toBeUndefined();
    expect(await mail.status(mailId, { tenant: 'alpha' })).toMatchObject({ mailId });
    expect(await mail.status(mailId)).toMatchObject({ mailId });
  });

  it('D14: is not another because its name looks alike', async () => {
    const { send } = await start();
    for (const tenant of ['Alpha', 'alpha.', 'beta:alpha', '__proto__', 'constructor']) {
      await expect(send(tenant, { from: 'hello@alpha.test' })).rejects.toMatchObject({
        code: 'ERR_MAIL_RELAY_TENANT_UNKNOWN',
      });
    }
  });

  it('D14: waits when its domain became that of another meanwhile', async () => {
    const { mail, directory, outlets, app: running } = await start();
    const at = new Date(Date.now() + 400);
    await mail.queue({
      tenant: 'alpha',
      from: 'hello@alpha.test',
      to: 'ada@example.test',
      subject: 'Hello',
      text: 'Hello.',
      sendAt: at,
    });
    directory.known.set('alpha', { transport: outlets.of('alpha'), domains: ['moved.test'], version: 2 });
    await expect.poll(() => running.told, { timeout: 20_000 }).toEqual(['ada@example.test held']);
    expect(outlets.sent('alpha')).toEqual([]);
  });
});

describe('D17: untrusted data', () => {
  it.each([
    'transport',
    'transports',
    'host',
    'port',
    'auth',
    'proxy',
    'url',
    'dkim',
    'envelope',
    'tls',
    'socket',
  ])('D17: cannot choose a way out by the field %s of a draft', async (field) => {
    const { send, outlets } = await start();
    await expect(send('alpha', { [field]: 'tenant:beta' })).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_DRAFT',
    });
    expect(outlets.opened.has('beta')).toBe(false);
  });

  it.each(['metadata', 'context', 'headers'])('D17: cannot choose a way out within %s', async (field) => {
    const { send, outlets } = await start();
    await send('alpha', { [field]: { 'X-Transport': 'tenant:beta' } });
    expect(outlets.sent('alpha')).toHaveLength(1);
    expect(outlets.opened.has('beta')).toBe(false);
  });

  it('D17: learns nothing of another by errors, reports and events', async () => {
    const { send, directory, app: running } = await start();
    const transport = smtp({ host: '127.0.0.1', port: 1, auth: { user: 'app', pass: SECRET }, secure: true });
    directory.known.set('alpha', { transport, domains: ['alpha.test'], version: SECRET });
    const report = await send('alpha');
    directory.known.set('alpha', new Error(`postgres://app:${SECRET}@db`));
    const error: unknown = await send('alpha').catch((one: unknown) => one);
    expect(report.ok).toBe(false);
    expect(error).toMatchObject({ code: 'ERR_MAIL_RELAY_TENANT_UNAVAILABLE' });
    const { message, stack, cause } = error as Error;
    expect(JSON.stringify([report, running.events, message, stack, cause])).not.toContain(SECRET);
  });

  it('D17: changes a password while mail goes, and no mail is lost', async () => {
    const { send, directory, outlets } = await start();
    const before = Promise.all(Array.from({ length: 20 }, () => send('alpha')));
    directory.known.set('alpha', { transport: outlets.of('alpha'), domains: ['alpha.test'], version: 2 });
    const after = Promise.all(Array.from({ length: 20 }, () => send('alpha')));
    const reports = [...(await before), ...(await after)];
    expect(reports.every(({ ok }) => ok)).toBe(true);
    expect(outlets.sent('alpha')).toHaveLength(40);
  });
});
