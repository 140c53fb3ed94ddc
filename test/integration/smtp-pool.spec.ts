import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeliveryOutcome } from '../../src/core/failure/delivery-outcome.js';
import { TestClock } from '../../src/testing/test-clock.js';
import type { MailTransport } from '../../src/transports/mail-transport.js';
import type { SmtpTransportOptions } from '../../src/transports/smtp/smtp-options.js';
import { delay, reply, silence, SmtpSink, type SmtpSinkOptions } from '../support/smtp-sink.js';
import { sinkRequest, sinkTransport } from '../support/smtp-sink-request.js';

let sink: SmtpSink;
let transport: MailTransport;
let clock: TestClock;

async function start(
  options: SmtpSinkOptions = {},
  transportOptions: SmtpTransportOptions = {},
): Promise<void> {
  sink = await SmtpSink.start(options);
  transport = sinkTransport(sink, transportOptions, { clock });
}

beforeEach(() => {
  clock = new TestClock();
});

afterEach(async () => {
  await transport.close();
  await sink.close();
});

async function sendOne(changes: Parameters<typeof sinkRequest>[0] = {}): Promise<DeliveryOutcome> {
  const [outcome] = (await transport.send(sinkRequest(changes))).outcomes;
  return outcome ?? expect.unreachable();
}

/** A connection goes back a turn after its message. */
async function returned(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

/** Sockets that keep this process alive. */
function socketsAlive(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

describe('connections', () => {
  it('are not opened before the first mail', async () => {
    await start();
    expect(sink.connectionCount).toBe(0);
  });

  it('are never more than maxConnections', async () => {
    await start({ faults: { eod: delay(2) } }, { maxConnections: 3 });
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => sendOne()));
    expect(outcomes.every((one) => one.state === 'sent')).toBe(true);
    expect(sink.maxOpenConnections).toBe(3);
    expect(sink.connectionCount).toBe(3);
  });

  it('are used again by mails that come one after the other', async () => {
    await start();
    for (let i = 0; i < 20; i++) await sendOne();
    expect(sink.connectionCount).toBe(1);
  });

  it('serve in the order of asking', async () => {
    await start({}, { maxConnections: 1 });
    const senders = Array.from({ length: 20 }, (_, i) => `sender${i}@a.test`);
    await Promise.all(senders.map((from) => sendOne({ envelope: { from, to: ['ada@b.test'] } })));
    expect(sink.messages.map((message) => message.from)).toEqual(senders);
  });

  it('end politely after maxMessagesPerConnection', async () => {
    await start({}, { maxMessagesPerConnection: 5, maxConnections: 2 });
    await Promise.all(Array.from({ length: 30 }, () => sendOne()));
    expect(sink.messageCount).toBe(30);
    expect(Math.max(...sink.sessions.map((session) => session.transactions.length))).toBe(5);
    expect(sink.maxOpenConnections).toBe(2);
    await sink.waitFor(
      () => sink.sessions.every((session) => session.commands.at(-1) === 'QUIT'),
      'QUIT everywhere',
    );
  });

  it('end politely when they are too old', async () => {
    await start({}, { maxConnectionAgeMs: 60_000, idleTimeoutMs: 10_000_000 });
    await sendOne();
    await returned();
    await clock.advance(59_000);
    await sendOne();
    await returned();
    expect(sink.connectionCount).toBe(1);
    await clock.advance(1_000);
    await sendOne();
    expect(sink.connectionCount).toBe(2);
    await sink.waitFor(() => sink.sessions[0]?.commands.at(-1) === 'QUIT', 'QUIT');
  });

  it.each([86_400_000, -86_400_000])(
    'grow no older when the time of the machine is set by %i ms',
    async (jump) => {
      await start({}, { maxConnectionAgeMs: 60_000, idleTimeoutMs: 10_000_000, replyTimeoutMs: 5_000 });
      await sendOne();
      await returned();
      clock.jump(jump);
      await sendOne();
      await returned();
      expect(sink.connectionCount).toBe(1);
      await clock.advance(60_000);
      await sendOne();
      expect(sink.connectionCount).toBe(2);
    },
  );

  it('wait no longer for an answer when the time of the machine is set back', async () => {
    let isAsked = false;
    const eod = () => {
      isAsked = true;
      return silence;
    };
    await start({ faults: { eod } }, { replyTimeoutMs: 5_000 });
    const sending = sendOne();
    await sink.waitFor(() => isAsked, 'the final dot');
    clock.jump(-86_400_000);
    await clock.advance(5_000);
    expect(await sending).toMatchObject({ state: 'uncertain', failure: { code: 'ETIMEDOUT' } });
  });

  it('end politely when nothing comes for idleTimeoutMs', async () => {
    await start({}, { idleTimeoutMs: 5_000 });
    await Promise.all([sendOne(), sendOne()]);
    await returned();
    await clock.advance(4_999);
    expect(sink.openConnections).toBe(2);
    await clock.advance(1);
    await sink.waitFor(() => sink.openConnections === 0, 'the end of both');
    expect(sink.commands.filter((line) => line === 'QUIT')).toHaveLength(2);
  });

  it('stay while they are used, however often the idle time goes by', async () => {
    await start({}, { idleTimeoutMs: 5_000 });
    for (let i = 0; i < 5; i++) {
      await sendOne();
      await returned();
      await clock.advance(3_000);
    }
    expect(sink.connectionCount).toBe(1);
  });

  it.each([undefined, 'starttls', 'implicit'] as const)(
    'that wait do not keep the process alive: %s',
    async (tls) => {
      await start(tls === undefined ? {} : { tls });
      await vi.waitFor(() => expect(socketsAlive()).toBe(0));
      await sendOne();
      await returned();
      sink.unref();
      expect(sink.openConnections).toBe(1);
      expect(socketsAlive()).toBe(0);
    },
  );

  it('keep the process alive while a mail is under way', async () => {
    await start({ faults: { eod: silence } });
    await vi.waitFor(() => expect(socketsAlive()).toBe(0));
    const controller = new AbortController();
    const sending = sendOne({ signal: controller.signal });
    await sink.waitFor(() => sink.transactions[0]?.state === 'body', 'the message');
    sink.unref();
    expect(socketsAlive()).toBe(1);
    controller.abort();
    await sending;
  });
});

describe('who waits for a connection', () => {
  it('is told when the deadline passes, and the others go on', async () => {
    await start({ faults: { eod: delay(100) } }, { maxConnections: 1 });
    const first = sendOne();
    const second = sendOne({ signal: AbortSignal.timeout(30) });
    const third = sendOne();
    expect(await second).toMatchObject({ state: 'deferred', failure: { scope: 'none', stage: 'conn' } });
    expect([(await first).state, (await third).state]).toEqual(['sent', 'sent']);
  });

  it('hears at the deadline how far the server let us come', async () => {
    await start({ faults: { connect: silence } });
    const outcome = await sendOne({ signal: AbortSignal.timeout(50) });
    expect(outcome).toMatchObject({ state: 'deferred', failure: { scope: 'transport', stage: 'greeting' } });
  });

  it('gets a try of its own when an earlier one hung', async () => {
    let hang = true;
    await start({ faults: { connect: () => (hang ? silence : undefined) } }, { maxConnections: 1 });
    await sendOne({ signal: AbortSignal.timeout(50) });
    hang = false;
    expect((await sendOne()).state).toBe('sent');
  });

  it('shares no failure of others', async () => {
    let first = true;
    const once = () => {
      const fault = first ? reply('421 4.3.2 Too many connections') : undefined;
      first = false;
      return fault;
    };
    await start({ faults: { connect: once } });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => sendOne()));
    expect(outcomes.filter((one) => one.state === 'sent')).toHaveLength(9);
  });

  it('is told when nothing listens', async () => {
    await start();
    await sink.close();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => sendOne()));
    expect(outcomes.every((one) => one.state === 'deferred' && one.failure.stage === 'conn')).toBe(true);
  });

  it('is told when setting up takes too long', async () => {
    await start({ faults: { ehlo: silence } }, { greetingTimeoutMs: 5_000 });
    const sending = sendOne();
    await sink.waitFor(() => sink.commands.length === 1, 'EHLO');
    await clock.advance(5_000);
    expect(await sending).toMatchObject({
      state: 'deferred',
      failure: { stage: 'ehlo', scope: 'transport' },
    });
  });
});

describe('close()', () => {
  it('gives what is under way an end that says what is known', async () => {
    await start({ faults: { mail: silence } }, { maxConnections: 2 });
    const sends = [sendOne(), sendOne(), sendOne()];
    await sink.waitFor(() => sink.transactions.length === 2, 'two mails under way');
    await transport.close();
    for (const outcome of await Promise.all(sends)) {
      expect(outcome).toMatchObject({ state: 'deferred', failure: { scope: 'none', ambiguous: false } });
    }
  });

  it('leaves a mail uncertain whose dot was sent', async () => {
    await start({ faults: { eod: silence } });
    const sending = sendOne();
    await sink.waitFor(() => sink.transactions[0]?.state === 'body', 'the message');
    await transport.close();
    expect((await sending).state).toBe('uncertain');
  });

  it('stops a connection that is being opened', async () => {
    await start({ faults: { connect: silence } });
    const sending = sendOne();
    await sink.waitFor(() => sink.connectionCount === 1, 'the connection');
    await transport.close();
    expect((await sending).state).toBe('deferred');
    await sink.waitFor(() => sink.openConnections === 0, 'the end');
  });

  it('refuses what comes later, without a connection', async () => {
    await start();
    await transport.close();
    expect((await sendOne()).state).toBe('deferred');
    expect(await transport.verify(new AbortController().signal)).toMatchObject({ ok: false });
    expect(sink.connectionCount).toBe(0);
  });

  it('says QUIT on connections that wait', async () => {
    await start();
    await sendOne();
    await returned();
    await transport.close();
    expect(sink.commands.at(-1)).toBe('QUIT');
  });
});

describe('verify()', () => {
  const signal = new AbortController().signal;

  it('opens a connection that the next mail uses', async () => {
    await start();
    expect(await transport.verify(signal)).toEqual({ ok: true });
    await returned();
    await sendOne();
    expect([sink.connectionCount, sink.transactions.length]).toEqual([1, 1]);
  });

  it('finds out that a kept connection is dead, and opens another', async () => {
    await start();
    await sendOne();
    await returned();
    sink.faults = { rset: { after: 'close' } };
    expect(await transport.verify(signal)).toEqual({ ok: true });
    expect(sink.connectionCount).toBe(2);
  });

  it('ends with its signal', async () => {
    await start();
    await sendOne();
    await returned();
    sink.faults = { rset: silence };
    expect(await transport.verify(AbortSignal.timeout(50))).toMatchObject({ ok: false });
  });
});

describe('a connection that ends in the hands of a mail', () => {
  it('keeps its place until the mail has another, so that there are never more than maxConnections', async () => {
    await start({}, { maxConnections: 1 });
    await sendOne();
    await returned();
    sink.faults = { mail: ({ connection }) => (connection === 1 ? { after: 'close' } : undefined) };
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => sendOne()));
    expect(outcomes.every((one) => one.state === 'sent')).toBe(true);
    expect(sink.connectionCount).toBe(2);
    expect(sink.maxOpenConnections).toBe(1);
  });

  it('because it said too much behind its answer leaves the way free for the next mail', async () => {
    await start({ faults: { eod: { raw: '250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n' } } }, { maxConnections: 1 });
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => sendOne()));
    expect(outcomes.map((one) => one.state)).toEqual(Array.from({ length: 5 }, () => 'sent'));
    expect(sink.connectionCount).toBe(5);
  });
});
