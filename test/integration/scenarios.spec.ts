import { afterEach, describe, expect, it } from 'vitest';
import { smtp, type MailRelayModuleOptions, type SmtpTransportOptions } from 'nestjs-mail-relay';
import { Clock } from '../../src/core/schedule/clock.js';
import { Spool } from '../../src/spool/spool.js';
import { RelayApp } from '../support/relay-app.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import {
  byAddress,
  reply,
  reset,
  silence,
  SmtpSink,
  times,
  type SmtpSinkOptions,
} from '../support/smtp-sink.js';
import { TransportWatch } from '../support/transport-watch.js';

const ADA = 'ada@example.test';
const HOUR_MS = 60 * 60 * 1000;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one();
});

async function startSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await SmtpSink.start(options);
  closing.push(() => sink.close());
  return sink;
}

interface Setup {
  readonly options?: MailRelayModuleOptions;
  /** Options of the transport "primary". */
  readonly primary?: Partial<SmtpTransportOptions>;
}

/** A relay over two servers, the second one standing by. */
async function start(primary: SmtpSink, backup: SmtpSink | undefined, setup: Setup = {}) {
  const clock = new ShiftedClock();
  const relay = await RelayApp.start(
    {
      transports: [
        smtp({ name: 'primary', url: primary.url, ...setup.primary }),
        ...(backup ? [smtp({ name: 'backup', url: backup.url })] : []),
      ],
      features: [{ providers: [{ provide: Clock, useValue: clock }] }],
      ...setup.options,
    },
    { providers: [TransportWatch] },
  );
  closing.push(() => relay.close());
  const watch = relay.app.get(TransportWatch);
  const draft = (to: string) => ({ to, subject: 'Hello', text: 'Hello.' });
  return {
    clock,
    relay,
    watch,
    send: (to = ADA) => relay.mail.send(draft(to)),
    queue: (to: string) => relay.mail.queue(draft(to)),
    /** Resolves when this many events were told. */
    told: (count: number) => until(relay, () => relay.told.length >= count),
    types: () => new Set(relay.told.map((line) => line.split(' ')[1])),
  };
}

/** Looks after every event of the relay, with a deadline. */
async function until(relay: RelayApp, condition: () => boolean): Promise<void> {
  if (condition()) return;
  await new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(() => {
      reject(new Error(`nothing came after ${relay.told.length} events`));
    }, 50_000);
    const subscription = relay.mail.events$.subscribe(() => {
      if (!condition()) return;
      clearTimeout(deadline);
      subscription.unsubscribe();
      resolve();
    });
  });
}

describe('two relays behave like one good one', () => {
  it('when one address of 1000 is wrong: 999 sent, nobody failed over, nothing is down', async () => {
    const [primary, backup] = [
      await startSink({
        faults: { rcpt: byAddress({ 'r500@example.test': reply('550 5.1.1 No such user') }) },
        keepMessages: false,
      }),
      await startSink(),
    ];
    const { queue, told, relay, watch } = await start(primary, backup);
    await Promise.all(Array.from({ length: 1000 }, (_, i) => queue(`r${i}@example.test`)));
    await told(1000);
    expect(relay.told.filter((line) => line.endsWith(' sent'))).toHaveLength(999);
    expect(relay.told.filter((line) => !line.endsWith(' sent'))).toEqual(['r500@example.test bounced']);
    expect(primary.messageCount).toBe(999);
    expect(backup.connectionCount).toBe(0);
    expect(watch.told).toEqual([]);
  });

  it('when the first is down: one mail waits for it, the next ones do not, and one probe finds it back', async () => {
    const [primary, backup] = [await startSink({ faults: { connect: silence } }), await startSink()];
    const { send, watch, clock } = await start(primary, backup, {
      primary: { greetingTimeoutMs: 300 },
      options: { breaker: { openMs: HOUR_MS } },
    });
    expect(await send()).toMatchObject({ ok: true, recipients: [{ transport: 'backup' }] });
    expect(primary.connectionCount).toBe(1);
    for (let i = 0; i < 20; i++) {
      expect(await send()).toMatchObject({ ok: true, recipients: [{ transport: 'backup' }] });
    }
    expect(primary.connectionCount).toBe(1);
    expect(backup.messageCount).toBe(21);

    primary.faults = {};
    clock.shift(HOUR_MS);
    expect(await send()).toMatchObject({ ok: true, recipients: [{ transport: 'primary' }] });
    const rest = await Promise.all(Array.from({ length: 10 }, () => send()));
    expect(rest.map(({ recipients }) => recipients[0]?.transport)).toEqual(Array(10).fill('primary'));
    expect(watch.told).toEqual(['primary transport.down unreachable', 'primary transport.up unreachable']);
  });

  it('when the first is down for long: each probe costs one mail a moment, and no mail is lost', async () => {
    const [primary, backup] = [await startSink({ faults: { connect: reset } }), await startSink()];
    const { send, watch, clock } = await start(primary, backup, {
      options: { breaker: { openMs: HOUR_MS } },
    });
    for (let probe = 1; probe <= 4; probe++) {
      const reports = await Promise.all(Array.from({ length: 5 }, () => send()));
      expect(reports.every(({ ok }) => ok)).toBe(true);
      clock.shift(8 * HOUR_MS);
    }
    expect(backup.messageCount).toBe(20);
    // Those that went together the first time, and then one probe each time.
    expect(primary.connectionCount).toBeLessThanOrEqual(5 + 3);
    expect(watch.told).toEqual(['primary transport.down unreachable']);
  });

  it('when the password is wrong: one alert, all mail over the other, nobody suppressed', async () => {
    const auth = { user: 'shop', pass: 'right' };
    const [primary, backup] = [await startSink({ auth }), await startSink()];
    const { send, queue, told, watch, types } = await start(primary, backup, {
      primary: {
        url: primary.url.replace('right', 'wrong'),
        allowPlaintextAuth: true,
      },
    });
    expect(await send()).toMatchObject({ ok: true, recipients: [{ transport: 'backup' }] });
    await Promise.all(Array.from({ length: 50 }, (_, i) => queue(`r${i}@example.test`)));
    await told(51);
    expect(types()).toEqual(new Set(['sent']));
    expect(backup.messageCount).toBe(51);
    expect(primary.commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(1);
    expect(watch.told).toEqual(['primary transport.down account']);
    expect(JSON.stringify(watch.events)).not.toMatch(/right|wrong|ada@/);
  });

  it('when the only password is wrong: mails wait, and none of their attempts is used up', async () => {
    const primary = await startSink({ auth: { user: 'shop', pass: 'right' } });
    const { send, queue, told, watch, relay, types } = await start(primary, undefined, {
      primary: { url: primary.url.replace('right', 'wrong'), allowPlaintextAuth: true },
    });
    const first = await send();
    expect(first).toMatchObject({ ok: false, recipients: [{ state: 'deferred' }] });
    await Promise.all(Array.from({ length: 20 }, (_, i) => queue(`r${i}@example.test`)));
    await told(21);
    expect(types()).toEqual(new Set(['deferred', 'held']));
    expect(watch.told).toEqual(['primary transport.down account']);
    const spool = relay.app.get(Spool, { strict: false });
    expect(await spool.get(first.mailId)).toMatchObject({ attempts: 0 });
  });

  it('when the answer to the dot is lost: uncertain, never sent to the other, and later the same mail again', async () => {
    const [primary, backup] = [
      await startSink({ faults: { eod: times(1, { after: 'close', keep: true }) } }),
      await startSink(),
    ];
    const retry = { delaysMs: [10], uncertainMinMs: 50 };
    const { send, told, relay } = await start(primary, backup, {
      options: { streams: { transactional: { retry } } },
    });
    expect(await send()).toMatchObject({ ok: false, recipients: [{ state: 'uncertain' }] });
    await told(2);
    expect(relay.told).toEqual([`${ADA} uncertain`, `${ADA} sent`]);
    expect(backup.connectionCount).toBe(0);
    const ids = primary.messages.map(({ raw }) => /^Message-ID: *(\S+)/im.exec(raw.toString())?.[1]);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it('when a server closes after each mail: nothing fails', async () => {
    const [primary, backup] = [await startSink({ closeAfterEachMail: true }), await startSink()];
    const { queue, told, types, watch } = await start(primary, backup);
    await Promise.all(Array.from({ length: 200 }, (_, i) => queue(`r${i}@example.test`)));
    await told(200);
    expect(types()).toEqual(new Set(['sent']));
    expect(primary.messageCount).toBe(200);
    expect(backup.connectionCount).toBe(0);
    expect(watch.told).toEqual([]);
  });

  it('when recipients go different ways: each server sees only its own, with one Message-ID', async () => {
    const [primary, backup] = [await startSink(), await startSink()];
    const { relay } = await start(primary, backup, {
      options: {
        streams: {
          transactional: { transports: ['primary'], byRecipientDomain: { 'gmail.test': 'backup' } },
        },
      },
    });
    const report = await relay.mail.send({
      to: [ADA, 'eve@gmail.test', 'bob@example.test'],
      subject: 'Hello',
      text: 'Hello.',
    });
    expect(report.recipients.map(({ transport }) => transport)).toEqual(['primary', 'backup', 'primary']);
    expect(primary.messages.map(({ to }) => to)).toEqual([[ADA, 'bob@example.test']]);
    expect(backup.messages.map(({ to }) => to)).toEqual([['eve@gmail.test']]);
    expect(backup.messages[0]?.raw.equals(primary.messages[0]?.raw ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('streams', () => {
  it('refuse what is not theirs before anything is stored', async () => {
    const primary = await startSink();
    const { relay } = await start(primary, undefined, {
      options: { streams: { news: { from: 'news@news.test', domains: ['news.test'] } } },
    });
    const draft = { to: ADA, subject: 'Hello', text: 'Hello.' };
    await expect(
      relay.mail.queue({ ...draft, stream: 'news', from: 'hello@acme.test' }),
    ).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_DRAFT',
      field: 'from',
    });
    await expect(relay.mail.queue({ ...draft, stream: 'marketing' })).rejects.toMatchObject({
      code: 'ERR_MAIL_RELAY_DRAFT',
      field: 'list.unsubscribe',
    });
    const list = { unsubscribe: { mailto: 'off@acme.test' } };
    await expect(
      relay.mail.queue({ ...draft, list, to: [ADA, 'bob@example.test'], stream: 'marketing' }),
    ).rejects.toMatchObject({ code: 'ERR_MAIL_RELAY_DRAFT', field: 'to' });
    expect(await relay.mail.send({ ...draft, stream: 'news' })).toMatchObject({ ok: true });
    expect(primary.messages).toHaveLength(1);
  });
});
