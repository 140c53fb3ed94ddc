import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryOutcome } from '../../src/core/failure/delivery-outcome.js';
import type { MailTransport } from '../../src/transports/mail-transport.js';
import { byAddress, bySender, close, reply, reset, shutdown, SmtpSink, times } from '../support/smtp-sink.js';
import { LONG, sinkRequest, sinkTransport } from '../support/smtp-sink-request.js';

const RUNS = Number(process.env['STAGE_RUNS'] ?? 1000);

let sink: SmtpSink;
let transport: MailTransport;

beforeEach(async () => {
  sink = await SmtpSink.start();
  transport = sinkTransport(sink);
});

afterEach(async () => {
  await transport.close();
  await sink.close();
});

async function sendOne(changes: Parameters<typeof sinkRequest>[0] = {}): Promise<DeliveryOutcome> {
  const [outcome] = (await transport.send(sinkRequest(changes))).outcomes;
  return outcome ?? expect.unreachable();
}

describe('where a connection is lost', () => {
  it(`is told apart in ${RUNS} of ${RUNS} runs`, async () => {
    sink.faults = {
      mail: bySender({ 'mail-close@a.test': close, 'mail-reset@a.test': reset }),
      rcpt: bySender({ 'rcpt-close@a.test': close, 'rcpt-reset@a.test': reset }),
      data: bySender({ 'data-close@a.test': close, 'data-reset@a.test': reset, 'data-421@a.test': shutdown }),
      body: bySender({ 'body-close@a.test': close, 'body-reset@a.test': reset }),
      eod: bySender({
        'eod-close@a.test': close,
        'eod-reset@a.test': reset,
        'eod-kept@a.test': { after: 'close', keep: true },
      }),
    };
    const senders = ['mail', 'rcpt', 'data', 'body', 'eod'].flatMap((stage) => [
      `${stage}-close@a.test`,
      `${stage}-reset@a.test`,
    ]);
    senders.push('data-421@a.test', 'eod-kept@a.test', 'good@a.test');

    const wrong: string[] = [];
    const run = async (i: number): Promise<void> => {
      const from = senders[i % senders.length] ?? '';
      const stage = from.split(/[-@]/)[0] ?? '';
      let handOvers = 0;
      const outcome = await sendOne({
        ...(stage === 'body' && LONG),
        envelope: { from, to: ['ada@b.test'] },
        handOver: () => {
          handOvers++;
          // Everything but the dot has gone, and the store is slow: the connection is lost in between.
          return stage === 'body' ? new Promise<void>(() => undefined) : undefined;
        },
      });
      const expected = stage === 'good' ? 'sent' : stage === 'eod' ? 'uncertain' : 'deferred';
      const marks = stage === 'eod' || stage === 'good' || stage === 'body' ? 1 : 0;
      const failedAt = outcome.state === 'sent' ? 'good' : outcome.failure.stage;
      const stages =
        stage === 'mail' || stage === 'rcpt' || stage === 'data' ? ['mail', 'rcpt', 'data'] : [stage];
      if (outcome.state !== expected || handOvers !== marks || !stages.includes(failedAt)) {
        wrong.push(`${from}: ${outcome.state} at ${failedAt}, ${handOvers} marks`);
      }
    };
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < RUNS) await run(next++);
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    expect(wrong).toEqual([]);
  });

  it('is before anything has left when a short message waits for its mark', async () => {
    const handOver = async (): Promise<void> => {
      await sink.close();
      await new Promise<void>(() => undefined);
    };
    const outcome = await sendOne({ handOver });
    expect(outcome).toMatchObject({ state: 'deferred', failure: { stage: 'body', ambiguous: false } });
    expect(sink.messageCount).toBe(0);
  });

  it('is in the body while the socket still holds octets of it', async () => {
    sink.faults = { data: { reply: '354 Go ahead', after: 'stop-reading' } };
    const message = Buffer.alloc(32 * 1024 * 1024, 'x'.repeat(70) + '\r\n');
    const signal = AbortSignal.timeout(300);
    const outcome = await sendOne({ message: () => message, sizeBytes: message.length, signal });
    expect(outcome).toMatchObject({ state: 'deferred', failure: { stage: 'body', ambiguous: false } });
  });
});

describe('a failure at the dot', () => {
  it('leaves recipients that were refused before with their own reply', async () => {
    sink.faults = {
      rcpt: byAddress({ 'gone@b.test': reply('550 5.1.1 No such user') }),
      eod: reply('451 4.3.0 Try later'),
    };
    const { outcomes } = await transport.send(
      sinkRequest({ to: ['ada@b.test', 'gone@b.test', 'eve@b.test'] }),
    );
    expect(outcomes).toMatchObject([
      { address: 'ada@b.test', state: 'deferred', failure: { stage: 'eod', reply: { code: 451 } } },
      { address: 'gone@b.test', state: 'bounced', failure: { stage: 'rcpt', reply: { code: 550 } } },
      { address: 'eve@b.test', state: 'deferred', failure: { stage: 'eod', reply: { code: 451 } } },
    ]);
  });

  it('leaves refused recipients sure although the others are uncertain', async () => {
    sink.faults = { rcpt: byAddress({ 'gone@b.test': reply('550 5.1.1 No such user') }), eod: reset };
    const { outcomes } = await transport.send(sinkRequest({ to: ['ada@b.test', 'gone@b.test'] }));
    expect(outcomes).toMatchObject([
      { state: 'uncertain' },
      { state: 'bounced', failure: { stage: 'rcpt' } },
    ]);
  });

  it('keeps every recipient apart when an address stands twice', async () => {
    let nth = 0;
    sink.faults = { rcpt: () => (++nth === 2 ? reply('452 4.5.3 Once is enough') : undefined) };
    const { outcomes } = await transport.send(
      sinkRequest({ to: ['ada@b.test', 'ada@b.test', 'ada@b.test'] }),
    );
    expect(outcomes.map((one) => one.state)).toEqual(['sent', 'deferred', 'sent']);
  });
});

describe('a server that ends connections', () => {
  it('never makes a mail fail when it closes after each', async () => {
    await transport.close();
    await sink.close();
    sink = await SmtpSink.start({ closeAfterEachMail: true });
    transport = sinkTransport(sink);
    const results: DeliveryOutcome[] = [];
    // One after the other, so that every mail meets a connection that is just being closed, then many at a time.
    for (let i = 0; i < 100; i++) results.push(await sendOne());
    results.push(...(await Promise.all(Array.from({ length: 100 }, () => sendOne()))));
    expect(results.filter((one) => one.state !== 'sent')).toEqual([]);
    expect(sink.messageCount).toBe(200);
  });

  it.each([
    ['closes', close],
    ['resets', reset],
    ['says 421', shutdown],
  ])('does not make a mail fail when it %s at the first command of a kept connection', async (_, fault) => {
    await sendOne();
    sink.faults = { mail: (event) => (event.connection === 1 ? fault : undefined) };
    let handOvers = 0;
    const outcome = await sendOne({ handOver: () => void handOvers++ });
    expect(outcome.state).toBe('sent');
    expect(handOvers).toBe(1);
    expect([sink.connectionCount, sink.messageCount]).toEqual([2, 2]);
  });

  it('is asked on one new connection only', async () => {
    await sendOne();
    sink.faults = { mail: close };
    const outcome = await sendOne();
    expect(outcome).toMatchObject({ state: 'deferred', failure: { scope: 'transport' } });
    expect(sink.connectionCount).toBe(2);
  });

  it('gets no second connection for a mail when the first one was new', async () => {
    sink.faults = { mail: times(1, close) };
    expect((await sendOne()).state).toBe('deferred');
    expect(sink.connectionCount).toBe(1);
  });

  it('gets no second try once it has said that it takes the message', async () => {
    await sendOne();
    sink.faults = { eod: times(1, close) };
    expect((await sendOne()).state).toBe('uncertain');
    expect(sink.connectionCount).toBe(1);
  });
});
