import { afterEach, describe, expect, it } from 'vitest';
import { smtp, type MailRelayModuleOptions } from 'nestjs-mail-relay';
import { RelayApp } from '../support/relay-app.js';
import { delay, SmtpSink } from '../support/smtp-sink.js';
import { TransportWatch } from '../support/transport-watch.js';

/** A server that takes this long for each message makes throughput a matter of connections, not of the machine. */
const EOD_MS = 20;
const CONNECTIONS = 10;
/** How long the server throttles. */
const THROTTLED_MS = 5_000;
/** How often a measurement may be repeated, because somebody else may use the machine for a moment. */
const MEASUREMENTS = 5;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one();
});

async function start(options: MailRelayModuleOptions = {}) {
  const sink = await SmtpSink.start({ faults: { eod: delay(EOD_MS) }, keepMessages: false });
  closing.push(() => sink.close());
  const transport = smtp({ name: 'primary', url: sink.url, maxConnections: CONNECTIONS });
  const relay = await RelayApp.start(
    { transports: [transport], worker: { concurrency: 50 }, shutdown: { drainMs: 1 }, ...options },
    { providers: [TransportWatch] },
  );
  closing.push(() => relay.close());
  return { sink, relay, watch: relay.app.get(TransportWatch) };
}

/** Queues a mail to each address; resolves with the milliseconds until those that count are sent. */
async function timeOf(
  relay: RelayApp,
  addresses: readonly string[],
  counts: (address: string) => boolean = () => true,
): Promise<number> {
  const waiting = new Set(addresses.filter(counts));
  const begun = performance.now();
  const done = new Promise<number>((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`${waiting.size} mails are not sent`)), 100_000);
    const subscription = relay.mail.events$.subscribe(({ type, recipient }) => {
      if (type !== 'sent' || !waiting.delete(recipient) || waiting.size > 0) return;
      clearTimeout(deadline);
      subscription.unsubscribe();
      resolve(performance.now() - begun);
    });
  });
  await Promise.all(addresses.map((to) => relay.mail.queue({ to, subject: 'Hello', text: 'Hello.' })));
  return done;
}

let serial = 0;
const batch = (count: number): readonly string[] =>
  Array.from({ length: count }, () => `r${serial++}@example.test`);
/** `perDomain` mails to each of ten destinations, in turn. */
const toTen = (perDomain: number): readonly string[] =>
  Array.from({ length: perDomain * 10 }, (_, i) => `r${serial++}@d${i % 10}.test`);

describe('a relay under load', () => {
  it('loses nothing while its server throttles, bans nobody, and is as fast as before afterwards', async () => {
    const { sink, relay, watch } = await start({
      streams: { transactional: { retry: { delaysMs: [100], slowMinMs: 100 } } },
    });
    await timeOf(relay, batch(100));
    const before = await timeOf(relay, batch(300));

    const until = performance.now() + THROTTLED_MS;
    const throttled = { reply: '421 4.7.0 Too many messages, slow down', after: 'close' } as const;
    sink.faults = { ...sink.faults, mail: () => (performance.now() < until ? throttled : undefined) };
    await timeOf(relay, batch(200));

    const after: number[] = [];
    while (after.length < MEASUREMENTS && !after.some((ms) => ms <= before / 0.9)) {
      after.push(await timeOf(relay, batch(300)));
    }
    expect(Math.min(...after)).toBeLessThanOrEqual(before / 0.9);
    expect(watch.told).toEqual([]);
    const sent = relay.told.filter((line) => line.endsWith(' sent')).length;
    expect(sent).toBe(600 + after.length * 300);
    expect(sink.messageCount).toBe(sent);
    expect(relay.told.filter((line) => / (bounced|failed|uncertain|suppressed)$/.test(line))).toEqual([]);
  }, 180_000);

  it('keeps nine destinations at their pace while a tenth one hangs', async () => {
    const isOfNine = (address: string): boolean => !address.endsWith('@d0.test');
    let best = { healthy: 1, hanging: Infinity };
    for (let i = 0; i < MEASUREMENTS && best.hanging > best.healthy / 0.9; i++) {
      const [well, ill] = [await start(), await start()];
      ill.sink.faults = {
        ...ill.sink.faults,
        rcpt: ({ address }) => (isOfNine(address) ? undefined : { after: 'silence' }),
      };
      for (const { relay } of [well, ill]) await timeOf(relay, toTen(3), isOfNine);
      const healthy = await timeOf(well.relay, toTen(60), isOfNine);
      const hanging = await timeOf(ill.relay, toTen(60), isOfNine);
      if (hanging / healthy < best.hanging / best.healthy) best = { healthy, hanging };
      expect(ill.watch.told).toEqual([]);
      for (const one of closing.splice(0).toReversed()) await one();
    }
    expect(best.hanging).toBeLessThanOrEqual(best.healthy / 0.9);
  }, 180_000);
});
