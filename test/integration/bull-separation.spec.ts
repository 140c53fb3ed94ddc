import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { getMailServiceToken, MailRelayModule, MailService } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';
import { newNamespace } from '../support/redis-namespace.js';
import { RedisProxy } from '../support/redis-proxy.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink } from '../support/smtp-sink.js';

let redis: TestRedis;
let parts: { close: () => Promise<unknown> }[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterEach(async () => {
  for (const part of parts.toReversed()) await part.close();
  parts = [];
});
afterAll(() => redis.stop());

async function newSink(): Promise<SmtpSink> {
  const sink = await SmtpSink.start();
  parts.push(sink);
  return sink;
}

const draft = (subject: string) => ({ to: 'ada@example.test', subject, text: 'Hello.' });

function subjects(sink: SmtpSink): ReadonlySet<string | undefined> {
  return new Set(sink.messages.map((message) => message.header('Subject')));
}

describe('relays on one Redis', () => {
  it('keep to their own mail when their services have different namespaces', async () => {
    const services = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const sink = await newSink();
        const features = [withBull({ namespace: newNamespace(), redis: redis.url })];
        const app = await RelayApp.start({ transport: sink.url, features });
        parts.push(app);
        return { name, sink, app };
      }),
    );
    for (let i = 0; i < 30; i++) {
      await Promise.all(services.map(({ name, app }) => app.mail.queue(draft(`${name} ${i}`))));
    }
    for (const { name, sink } of services) {
      await sink.waitForMessages(30);
      expect(subjects(sink)).toEqual(new Set(Array.from({ length: 30 }, (_, i) => `${name} ${i}`)));
      expect(sink.messages).toHaveLength(30);
    }
  });

  it('keep to their own mail when they have different names in one application', async () => {
    const namespace = newNamespace();
    const [first, second] = [await newSink(), await newSink()];
    const relay = (name: string | undefined, sink: SmtpSink) =>
      MailRelayModule.forRoot({
        name,
        from: 'Acme <hello@acme.test>',
        delivery: 'live',
        transport: sink.url,
        features: [withBull({ namespace, redis: redis.url })],
      });

    @Controller()
    class Nothing {}
    @Module({ imports: [relay(undefined, first), relay('news', second)], controllers: [Nothing] })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
    parts.push(app);
    const news = app.get<MailService>(getMailServiceToken('news'), { strict: false });
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => [
        app.get(MailService).queue(draft(`plain ${i}`)),
        news.queue(draft(`news ${i}`)),
      ]).flat(),
    );
    await first.waitForMessages(20);
    await second.waitForMessages(20);
    expect(Array.from(subjects(first)).every((subject) => subject?.startsWith('plain'))).toBe(true);
    expect(Array.from(subjects(second)).every((subject) => subject?.startsWith('news'))).toBe(true);
    expect(first.messages.length + second.messages.length).toBe(40);
  });

  it('speak TLS from the first octet to rediss://, on every connection', async () => {
    const secure = await startRedis({ tls: true });
    const proxy = await RedisProxy.start(secure.url);
    parts.push({ close: () => secure.stop() }, { close: () => proxy.stop() });
    const sink = await newSink();
    const url = `rediss://:a-password@localhost:${proxy.port}`;
    const unsecured = withBull({
      namespace: newNamespace(),
      redis: { url: url.replace(':a-password@', ''), tls: { ca: secure.certificate?.cert } },
    });
    const app = await RelayApp.start({ transport: sink.url, features: [unsecured] });
    parts.push(app);
    await app.mail.queue(draft('sealed'));
    await sink.waitForMessages(1);
    // The spool, the queue, its subscriber, and one that waits for each lane; 0x16 begins a TLS handshake.
    expect(proxy.firstOctets.length).toBeGreaterThanOrEqual(5);
    expect(proxy.firstOctets.filter((octets) => octets[0] !== 0x16)).toEqual([]);
  });
});
