import { BullModule } from '@nestjs/bull';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withBull } from 'nestjs-mail-relay/bull';
import type { MailRelayModuleOptions } from 'nestjs-mail-relay';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink } from '../support/smtp-sink.js';

let redis: TestRedis;
let sink: SmtpSink;
const apps: RelayApp[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await sink.close();
});

async function relay(
  namespace: string,
  options: MailRelayModuleOptions = {},
  imports: NonNullable<Parameters<typeof RelayApp.start>[1]>['imports'] = [],
): Promise<RelayApp> {
  const app = await RelayApp.start(
    { transport: sink.url, features: [withBull({ namespace, redis: redis.url })], ...options },
    { imports },
  );
  apps.push(app);
  return app;
}

const draft = (n: number) => ({ to: `user${n}@example.test`, subject: `Mail ${n}`, text: 'Hello.' });

describe('a relay with Bull and Redis', () => {
  it('sends what is queued, each mail once', async () => {
    sink = await SmtpSink.start();
    const { mail } = await relay(newNamespace());
    const receipts = await Promise.all(Array.from({ length: 50 }, (_, i) => mail.queue(draft(i))));
    await sink.waitForMessages(50);
    expect(receipts.every(({ durability }) => durability === 'fsync')).toBe(true);
    expect(new Set(sink.messages.map((message) => message.header('Subject'))).size).toBe(50);
  });

  it('takes nothing from the Bull configuration of the application', async () => {
    sink = await SmtpSink.start();
    const namespace = newNamespace();
    const hostile = BullModule.forRoot({
      prefix: 'application',
      redis: 'redis://127.0.0.1:1',
      limiter: { max: 1, duration: 600_000 },
      defaultJobOptions: { delay: 600_000, removeOnComplete: false, priority: 3 },
      settings: { drainDelay: 600 },
    });
    const { mail } = await relay(namespace, {}, [hostile]);
    await Promise.all([mail.queue(draft(1)), mail.queue(draft(2)), mail.queue(draft(3))]);
    await sink.waitForMessages(3);
    const client = redis.client();
    expect(await client.keys('application*')).toEqual([]);
    expect((await client.keys(`{${namespace}:default}:mail.*`)).length).toBeGreaterThan(0);
  });
});
