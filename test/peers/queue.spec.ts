import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MailRelayModuleOptions } from 'nestjs-mail-relay';
import { withBull } from 'nestjs-mail-relay/bull';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { RelayApp } from '../support/relay-app.js';
import { close, reply, shutdown, SmtpSink, type SinkFault } from '../support/smtp-sink.js';

let redis: TestRedis;
let sink: SmtpSink;
const apps: RelayApp[] = [];

beforeAll(async () => {
  redis = await startRedis({ own: true });
});
afterAll(() => redis.stop());
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await sink.close();
});

async function relay(namespace: string, options: MailRelayModuleOptions = {}): Promise<RelayApp> {
  const app = await RelayApp.start({
    transport: sink.url,
    features: [withBull({ namespace, redis: redis.url })],
    ...options,
  });
  apps.push(app);
  return app;
}

const draft = (to = 'ada@b.test') => ({ to, subject: 'Hello', text: 'Hello.' });

describe('D8: what is attached to a queued mail', () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 256));

  it.each([
    ['a Buffer', () => bytes],
    ['a stream', () => Readable.from([bytes.subarray(0, 300), bytes.subarray(300)])],
    ['a function that opens one', () => () => Readable.from([bytes])],
    ['a Blob', () => new Blob([bytes])],
  ])('survives the queue: %s', async (_, content) => {
    sink = await SmtpSink.start();
    const { mail } = await relay(newNamespace());
    await mail.queue({ ...draft(), attachments: [{ filename: 'a.bin', content: content() }] });
    await sink.waitForMessages(1);
    const raw = sink.messages[0]?.raw.toString('latin1') ?? '';
    const part = raw.slice(raw.indexOf('filename=a.bin'));
    const base64 = part.split('\r\n\r\n')[1]?.split('\r\n--')[0] ?? '';
    expect(Buffer.from(base64, 'base64')).toEqual(bytes);
  });

  it('is refused before anything is stored when it is too large, with the reason', async () => {
    sink = await SmtpSink.start();
    const namespace = newNamespace();
    const { mail } = await relay(namespace, { attachments: { maxBytes: 999 } });
    const attachments = [{ filename: 'a.bin', content: bytes }];
    await expect(mail.queue({ ...draft(), attachments })).rejects.toThrow(/999/);
    const stored = await redis.client().keys(`*${namespace}*:m:*`);
    expect(stored).toEqual([]);
  });
});

describe('D9: a worker whose application is closed', () => {
  it('takes no mail any more; the next one does', async () => {
    sink = await SmtpSink.start();
    const namespace = newNamespace();
    const producer = await relay(namespace, { worker: false });
    const worker = await relay(namespace);
    await producer.mail.queue(draft('before@b.test'));
    await sink.waitForMessages(1);
    await worker.close();
    const { mailId } = await producer.mail.queue(draft('after@b.test'));
    expect((await producer.mail.status(mailId))?.recipients[0]?.state).toBe('queued');
    expect(sink.messages.flatMap(({ to }) => to)).toEqual(['before@b.test']);
    await relay(namespace);
    await sink.waitForMessages(2);
    expect(sink.messages.flatMap(({ to }) => to)).toEqual(['before@b.test', 'after@b.test']);
  });
});

describe('D10: what a server answers decides how often a mail is tried', () => {
  const retry = { delaysMs: [20], slowMinMs: 20 };

  async function outcomes(faults: readonly SinkFault[], stage: 'rcpt' | 'eod' = 'rcpt'): Promise<RelayApp> {
    const left = [...faults];
    sink = await SmtpSink.start({ faults: { [stage]: () => left.shift() } });
    const app = await relay(newNamespace(), { streams: { transactional: { retry } } });
    await app.mail.send(draft());
    return app;
  }

  it.each([
    ['550 5.1.1 No such user', ['ada@b.test bounced']],
    ['451 4.3.0 Try later', ['ada@b.test deferred', 'ada@b.test sent']],
  ])('%s', async (answer, told) => {
    const app = await outcomes([reply(answer)]);
    await expect.poll(() => app.told, { timeout: 10_000 }).toEqual(told);
  });

  it('a farewell, and a connection that is gone, are tried again', async () => {
    const app = await outcomes([shutdown, close]);
    await expect
      .poll(() => app.told, { timeout: 10_000 })
      .toEqual(['ada@b.test deferred', 'ada@b.test deferred', 'ada@b.test sent']);
  });

  it('a connection lost after the dot is uncertain, and left alone for ten minutes', async () => {
    const app = await outcomes([close], 'eod');
    await expect.poll(() => app.told).toEqual(['ada@b.test uncertain']);
    const [mailId = ''] = app.events.map((event) => ('mailId' in event ? event.mailId : ''));
    const next = (await app.mail.status(mailId))?.recipients[0]?.nextAttemptAt;
    expect(Number(next) - Date.now()).toBeGreaterThan(9 * 60_000);
  });
});

describe('D12: a queue that cannot start says why', () => {
  const startOn = async (url: string): Promise<string> => {
    sink = await SmtpSink.start();
    try {
      const app = await relay(newNamespace(), {
        worker: false,
        features: [withBull({ namespace: newNamespace(), redis: url })],
      });
      await app.mail.queue(draft());
      return 'accepted';
    } catch (error) {
      return String(error);
    }
  };

  it('without a Redis', async () => {
    expect(await startOn('redis://127.0.0.1:1')).toMatch(/ECONNREFUSED/);
  });

  it('with a wrong password, which it does not repeat', async () => {
    const client = redis.client();
    await client.config('SET', 'requirepass', 'open-sesame');
    try {
      const said = await startOn(redis.url.replace('redis://', 'redis://:open-barley@'));
      expect(said).toMatch(/WRONGPASS/);
      expect(said).not.toContain('barley');
    } finally {
      await client.config('SET', 'requirepass', '');
    }
  });
});
