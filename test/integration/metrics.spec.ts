import { readFile } from 'node:fs/promises';
import { Injectable, Module, VersioningType, type CanActivate } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { memory, MailRelayModule, MailService, Spool } from 'nestjs-mail-relay';
import { withMetrics, type MetricsOptions } from 'nestjs-mail-relay/metrics';
import { Registry } from 'prom-client';
import * as promClient from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { PrometheusInstruments } from '../../src/metrics/prometheus-instruments.js';
import { TemplateFolder } from '../support/template-folder.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

@Injectable()
class Keys {
  readonly isOpen = false;
}

@Module({ providers: [Keys], exports: [Keys] })
class KeysModule {}

@Injectable()
class Closed implements CanActivate {
  constructor(private readonly keys: Keys) {}

  canActivate(): boolean {
    return this.keys.isOpen;
  }
}

async function start(options: MetricsOptions) {
  const templates = await TemplateFolder.with({ 'hello.hbs': '<p>Hello</p>', 'hello.subject.hbs': 'Hello' });
  closing.push(() => templates.remove());
  @Module({
    imports: [
      MailRelayModule.forRoot({
        from: 'Acme <hello@acme.test>',
        delivery: 'live',
        storage: 'memory',
        transports: [memory({ name: 'main' })],
        templates: { dir: templates.dir },
        features: [withMetrics(options)],
      }),
    ],
  })
  class AppModule {}
  const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = testing.createNestApplication({ logger: false });
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
  await app.listen(0, '127.0.0.1');
  closing.push(() => app.close());
  return { mail: app.get(MailService), spool: app.get(Spool, { strict: false }), url: await app.getUrl() };
}

const DRAFT = { to: ['ada@example.test', 'eve@example.test'], template: 'hello' };

describe('metrics', () => {
  it('count outcomes and time stages, without an address in them', async () => {
    const { mail, url } = await start({ path: 'metrics/mail', guards: 'loopback' });
    await mail.sendOrThrow(DRAFT);
    const read = async (): Promise<string> => (await fetch(`${url}/metrics/mail`)).text();
    await expect
      .poll(read)
      .toContain(
        'mail_relay_outcomes_total{relay="default",stream="transactional",transport="main",outcome="sent"} 2',
      );
    const text = await read();
    expect(text).toContain(
      'mail_relay_events_total{relay="default",stream="transactional",event="queued"} 2',
    );
    for (const stage of ['compose', 'render', 'store', 'attempt']) {
      const outcome = stage === 'attempt' ? 'sent' : 'ok';
      expect(text).toContain(
        `mail_relay_stage_duration_seconds_count{relay="default",stage="${stage}",outcome="${outcome}"} 1`,
      );
    }
    expect(text).toContain(
      'mail_relay_try_duration_seconds_count{relay="default",transport="main",outcome="sent"} 1',
    );
    expect(text).toContain('mail_relay_storage_up{relay="default"} 1');
    expect(text).toContain('mail_relay_transport_up{relay="default",transport="main"} 1');
    expect(text).not.toContain('@');
  });

  it('show what is pending, and zero when it is gone', async () => {
    const registry = new Registry();
    const { mail } = await start({ registry });
    const { mailId } = await mail.queue({ ...DRAFT, sendAt: new Date(Date.now() + 60_000) });
    const pending = 'mail_relay_pending_mails{relay="default",lane="transactional",stream="transactional"}';
    expect(await registry.metrics()).toContain(`${pending} 1`);
    await mail.cancel({ mailId });
    await expect.poll(() => registry.metrics(), { timeout: 5000 }).toContain(`${pending} 0`);
  });

  it('show what was, and that the storage is down, while it does not answer', async () => {
    const registry = new Registry();
    const { mail, spool } = await start({ registry });
    await mail.queue({ ...DRAFT, sendAt: new Date(Date.now() + 60_000) });
    const pending = 'mail_relay_pending_mails{relay="default",lane="transactional",stream="transactional"} 1';
    expect(await registry.metrics()).toContain(pending);
    spool.control.streams = () => Promise.reject(new Error('away'));
    await expect
      .poll(() => registry.metrics(), { timeout: 5000 })
      .toContain('mail_relay_storage_up{relay="default"} 0');
    expect(await registry.metrics()).toContain(pending);
  });

  it('are there for two relays in one registry', async () => {
    const registry = new Registry();
    const relay = (name: string) =>
      MailRelayModule.forRoot({
        name,
        from: 'Acme <hello@acme.test>',
        transport: 'memory:',
        storage: 'memory',
        features: [withMetrics({ registry })],
      });
    const app = await Test.createTestingModule({ imports: [relay('news'), relay('orders')] }).compile();
    closing.push(() => app.close());
    await app.init();
    const text = await registry.metrics();
    for (const name of ['news', 'orders']) expect(text).toContain(`mail_relay_storage_up{relay="${name}"} 1`);
  });

  it('are behind the guards of the application', async () => {
    const { url } = await start({ path: 'metrics', guards: [Closed], imports: [KeysModule] });
    expect((await fetch(`${url}/metrics`)).status).toBe(403);
  });

  it('on loopback are not for whoever comes through a proxy', async () => {
    const { url } = await start({ path: 'metrics', guards: 'loopback' });
    const forwarded = { headers: { 'x-forwarded-for': '192.0.2.1' } };
    expect((await fetch(`${url}/metrics`, forwarded)).status).toBe(403);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });

  it.each<[MetricsOptions, string]>([
    [{ path: 'metrics' }, 'guards'],
    [{ path: 'metrics', guards: [] }, 'guards'],
    [{ path: '/metrics', guards: 'loopback' }, 'path'],
    [{ url: 'x' } as MetricsOptions, 'url'],
  ])('refuse %j and name %s', (options, field) => {
    expect(() => withMetrics(options)).toThrow(field);
  });

  it('have names that the dashboard and the page know, and no other', async () => {
    const registry = new Registry();
    PrometheusInstruments.of(registry, promClient);
    const names = registry.getMetricsAsArray().map(({ name }) => name);
    expect(names).toHaveLength(12);
    const dashboard = await readFile(
      new URL('../../docs/grafana/nestjs-mail-relay.json', import.meta.url),
      'utf8',
    );
    const shown = new Set(
      [...dashboard.matchAll(/mail_relay_\w+/g)].map(([name]) => name.replace(/_bucket$/, '')),
    );
    expect([...shown].toSorted()).toEqual(names.toSorted());
    const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
