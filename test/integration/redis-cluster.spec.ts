import { Logger } from '@nestjs/common';
import { Cluster } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { withBull } from 'nestjs-mail-relay/bull';
import { SystemClock } from '../../src/clock/system-clock.js';
import { RelayRedis } from '../../src/storage/redis/relay-redis.js';
import { newNamespace } from '../support/redis-namespace.js';
import { startRedis } from '../support/redis-server.js';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink } from '../support/smtp-sink.js';

let parts: { close: () => Promise<unknown> }[] = [];
afterEach(async () => {
  for (const part of parts.toReversed()) await part.close();
  parts = [];
});

describe('a relay on Redis Cluster', () => {
  it('keeps all its keys in one slot, and sends', async () => {
    const redis = await startRedis({
      own: true,
      args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'],
    });
    parts.push({ close: () => redis.stop() });
    const admin = redis.client();
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    const until = performance.now() + 20_000;
    while (!String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) {
      if (performance.now() > until) throw new Error('the cluster is not ready');
    }
    const sink = await SmtpSink.start();
    parts.push(sink);
    const namespace = newNamespace();
    const createClient = (purpose: string) =>
      new Cluster([{ host: '127.0.0.1', port: redis.port }], {
        ...((purpose === 'subscriber' || purpose === 'blocking') && {
          enableReadyCheck: false,
          redisOptions: { maxRetriesPerRequest: null },
        }),
      });
    const app = await RelayApp.start({
      transport: sink.url,
      features: [withBull({ namespace, createClient })],
    });
    parts.push(app);
    const drafts = Array.from({ length: 20 }, (_, i) => ({
      to: `user${i}@example.test`,
      subject: `Mail ${i}`,
      text: 'Hello.',
    }));
    const watcher = new RelayRedis({ namespace, relay: 'default', createClient, log: new Logger('test') });
    const clock = new SystemClock();
    parts.push(await watcher.openSpool(clock));
    const log = watcher.openEventLog(clock);
    const heard = new Promise<void>((resolve) => log.watch(resolve));
    await expect.poll(async () => (await admin.pubsub('NUMSUB', `${watcher.prefix}:x`))[1]).toBe(1);
    await Promise.all(drafts.map((draft) => app.mail.queue(draft)));
    await sink.waitForMessages(20);
    await heard;
    const types = async () => {
      const { events } = await log.read({ after: '', limit: 100 });
      return events.map(({ event }) => event.type).toSorted();
    };
    await expect.poll(types).toEqual([...Array(20).fill('queued'), ...Array(20).fill('sent')]);
    expect(sink.messages).toHaveLength(20);
    const slots = new Set<unknown>();
    for (const key of await admin.keys('*')) slots.add(await admin.call('CLUSTER', 'KEYSLOT', key));
    expect(slots.size).toBe(1);
  });
});
