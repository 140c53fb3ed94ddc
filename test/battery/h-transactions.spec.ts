import { afterEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../src/testing/test-clock.js';
import type { SmtpTransportOptions } from '../../src/transports/smtp/smtp-options.js';
import {
  byAddress,
  close,
  refusing,
  reply,
  reset,
  silence,
  SmtpSink,
  times,
  twice,
  type SmtpSinkOptions,
} from '../support/smtp-sink.js';
import { LONG, sinkRequest, sinkTransport } from '../support/smtp-sink-request.js';
import { meets, Upstream, verdictOf } from './upstream.js';

let upstream: Upstream;

async function start(
  sinkOptions: SmtpSinkOptions = {},
  options: SmtpTransportOptions = {},
  clock?: TestClock,
): Promise<void> {
  upstream = await Upstream.start(sinkOptions, options, clock);
}

afterEach(() => upstream?.close());

/** More than the kernels on both sides buffer. */
const LARGE = Buffer.from(`${'x'.repeat(70)}\r\n`.repeat(460_000));
const UNTIL_ABORT = () => new Promise<void>(() => undefined);

describe('An upstream that misbehaves while it gets the message', () => {
  it('H8: one that stops reading in the middle ends at the deadline, and the dot was not sent', async () => {
    await start({ faults: { data: { reply: '354 Go', after: 'stop-reading' } } }, {}, new TestClock());
    let [reads, marks] = [0, 0];
    const sending = upstream.sendOne({
      message: () => {
        reads++;
        return LARGE;
      },
      sizeBytes: LARGE.length,
      handOver: () => void marks++,
    });
    await expect.poll(() => reads).toBe(1);
    const outcome = await upstream.outwaits(sending);
    expect(verdictOf(outcome)).toBe('deferred network');
    expect(outcome).toMatchObject({ failure: { stage: 'body', ambiguous: false } });
    expect([marks, upstream.sink.messageCount]).toEqual([0, 0]);
  });

  it('H8: one that stops reading after a message that fits into its buffers leaves it uncertain', async () => {
    await start({ faults: { data: { reply: '354 Go', after: 'stop-reading' } } }, {}, new TestClock());
    let marks = 0;
    const sending = upstream.sendOne({ handOver: () => void marks++ });
    await expect.poll(() => marks).toBe(1);
    expect(verdictOf(await upstream.outwaits(sending))).toBe('uncertain uncertain');
  });

  it('H8: one that reads slowly, but reads, gets all of it', async () => {
    await start();
    expect(verdictOf(await upstream.sendOne({ message: () => LARGE, sizeBytes: LARGE.length }))).toBe('sent');
    expect(upstream.sink.messages[0]?.raw.equals(LARGE)).toBe(true);
  });

  it.each([
    ['550 5.7.1 This message is spam', 'bounced message'],
    ['550 5.7.1 Poor reputation of your IP address', 'deferred block.reputation'],
    ['451 4.3.0 Try later', 'deferred network'],
  ])('H9: %s in the middle of the message counts by its text: %s', async (text, verdict) => {
    await start({ faults: { body: { reply: text, after: 'close' } } });
    const outcome = await upstream.sendOne({ ...LONG, handOver: UNTIL_ABORT });
    expect(verdictOf(outcome)).toBe(verdict);
    expect(upstream.sink.messageCount).toBe(0);
  });

  it('H9: a refusal in the middle of a large message stops it there', async () => {
    await start({ faults: { body: { reply: '552 5.3.4 Too big', after: 'stop-reading' } } });
    const outcome = await upstream.sendOne({ message: () => LARGE, sizeBytes: LARGE.length });
    expect(verdictOf(outcome)).toBe('bounced message');
  });

  it('H15: a 250 before the dot is no success, and ends the connection', async () => {
    await start({ faults: { body: reply('250 2.0.0 Ok: queued') } });
    const outcome = await upstream.sendOne({ ...LONG, handOver: UNTIL_ABORT });
    expect(verdictOf(outcome)).toBe('deferred protocol');
    await upstream.sink.waitFor(() => upstream.sink.openConnections === 0, 'the end of the connection');
  });

  it('H15: a 250 together with the go-ahead is no success, and no mark is stored', async () => {
    await start({ faults: { data: twice('354 Go ahead', '250 2.0.0 Ok') } });
    let marks = 0;
    const outcome = await upstream.sendOne({ handOver: () => void marks++ });
    expect(verdictOf(outcome)).toBe('deferred protocol');
    expect([marks, upstream.sink.messageCount]).toEqual([0, 0]);
  });

  it('H17: a 250 to the dot and then a reset is sent, and not sent again', async () => {
    await start({ faults: { eod: { reply: '250 2.0.0 Ok: queued', after: 'reset' } } });
    expect(verdictOf(await upstream.sendOne())).toBe('sent');
    await upstream.sink.waitFor(() => upstream.sink.openConnections === 0, 'the end of the connection');
    expect([upstream.sink.messageCount, upstream.sink.connectionCount]).toEqual([1, 1]);
  });

  it.each([
    ['is lost', close, ['uncertain uncertain', 'bounced hard.recipient', 'deferred mailbox_full']],
    ['is reset', reset, ['uncertain uncertain', 'bounced hard.recipient', 'deferred mailbox_full']],
    [
      'refuses',
      reply('451 4.3.0 Later'),
      ['deferred network', 'bounced hard.recipient', 'deferred mailbox_full'],
    ],
  ])('H18: refused recipients keep their own result when the dot %s', async (_, fault, verdicts) => {
    const rcpt = byAddress({
      'gone@b.test': reply('550 5.1.1 No such user'),
      'full@b.test': reply('452 4.2.2 Mailbox full'),
    });
    await start({ faults: { rcpt, eod: fault } });
    const outcomes = await upstream.send({ to: ['ada@b.test', 'gone@b.test', 'full@b.test'] });
    expect(outcomes.map(verdictOf)).toEqual(verdicts);
  });
});

describe('An upstream that says yes to everything', () => {
  it.each([true, false])('H13: a 250 to DATA is never sent, with PIPELINING: %s', async (pipelining) => {
    await start({ pipelining, faults: { data: reply('250 2.0.0 Ok') } });
    let reads = 0;
    const message = () => Buffer.from(`${++reads}`);
    const outcomes = await upstream.send({ to: ['ada@b.test', 'eve@b.test'], message });
    expect(outcomes.map(verdictOf)).toEqual(['deferred protocol', 'deferred protocol']);
    expect([reads, upstream.sink.messageCount]).toEqual([0, 0]);
  });

  it.each(['connect', 'starttls', 'auth'] as const)('H13: a 250 at %s opens no session', async (stage) => {
    await start({ faults: { [stage]: reply('250 2.0.0 Ok') } });
    expect(verdictOf(await upstream.sendOne())).toBe('deferred protocol');
    expect(upstream.sink.transactions).toEqual([]);
  });

  it.each([true, false])(
    'H14: no body follows a 354 after all were refused, PIPELINING: %s',
    async (pipelining) => {
      await start({
        pipelining,
        faults: { rcpt: reply('550 5.1.1 No such user'), data: reply('354 Go ahead') },
      });
      let reads = 0;
      const message = () => Buffer.from(`${++reads}`);
      const outcomes = await upstream.send({ to: ['ada@b.test', 'eve@b.test'], message });
      expect(outcomes.map(verdictOf)).toEqual(['bounced hard.recipient', 'bounced hard.recipient']);
      expect([reads, upstream.sink.messageCount]).toEqual([0, 0]);
      if (pipelining)
        await upstream.sink.waitFor(() => upstream.sink.openConnections === 0, 'the end of the connection');
    },
  );
});

describe('An upstream that says more than it was asked', () => {
  const TWICE = {
    connect: twice('220 sink.test'),
    ehlo: twice('250 sink.test'),
    starttls: twice('220 2.0.0 Go ahead'),
    auth: twice('235 2.7.0 Welcome'),
    mail: twice('250 2.1.0 Ok'),
    rcpt: twice('250 2.1.5 Ok'),
    data: twice('354 Go ahead'),
  };
  it.each(
    Object.entries(TWICE).flatMap(([stage, fault]) =>
      [true, false].map((pipelining) => [stage, pipelining, fault] as const),
    ),
  )('H16: two replies at %s are no success, PIPELINING: %s', async (stage, pipelining, fault) => {
    await start({ pipelining, faults: { [stage]: fault } });
    const outcome = await upstream.sendOne();
    expect(outcome.state).toBe('deferred');
    expect(upstream.sink.messageCount).toBe(0);
    upstream.sink.faults = {};
    expect(verdictOf(await upstream.sendOne())).toBe('sent');
    expect(upstream.sink.connectionCount).toBe(2);
  });

  it('H16: two replies to the dot are sent, and the connection is not used again', async () => {
    await start({ faults: { eod: twice('250 2.0.0 Ok: queued') } });
    for (let i = 0; i < 3; i++) expect(verdictOf(await upstream.sendOne())).toBe('sent');
    expect([upstream.sink.messageCount, upstream.sink.connectionCount]).toEqual([3, 3]);
  });

  it('H16: a refusal that is said twice is not taken for that of the next recipient', async () => {
    const rcpt = byAddress({ 'gone@b.test': twice('550 5.1.1 No such user') });
    await start({ faults: { rcpt } });
    const outcomes = await upstream.send({ to: ['gone@b.test', 'ada@b.test', 'eve@b.test'] });
    // Which reply was whose, nobody knows.
    expect(outcomes.map(verdictOf)).toEqual(Array.from({ length: 3 }, () => 'deferred protocol'));
    expect(upstream.sink.messageCount).toBe(0);
  });

  it.each(['250 2.0.0 By the way\r\n', '2', '421 4.4.2 Idle for too long\r\n', 'hello\r\n'])(
    'H16: %j on an idle connection ends it',
    async (text) => {
      await start();
      await upstream.sendOne();
      upstream.sink.sessions[0]?.say(text);
      await upstream.sink.waitFor(() => upstream.sink.openConnections === 0, 'the end of the connection');
      expect(verdictOf(await upstream.sendOne())).toBe('sent');
      expect(upstream.sink.connectionCount).toBe(2);
    },
  );

  it.each([
    ['421', '421 4.4.2 Idle for too long\r\n'],
    ['a close', undefined],
  ])('H19: %s on an idle connection costs no mail and no attempt', async (_, text) => {
    await start();
    await upstream.sendOne();
    const [session] = upstream.sink.sessions;
    if (text === undefined) session?.end();
    else session?.say(text);
    let marks = 0;
    // At once: the end may be noticed only when the next mail is under way.
    expect(verdictOf(await upstream.sendOne({ handOver: () => void marks++ }))).toBe('sent');
    expect([marks, upstream.sink.messageCount]).toEqual([1, 2]);
  });
});

describe('An upstream that offers what it refuses', () => {
  it.each(['SIZE', 'BODY'])('H20: %s is left out, once, and not tried again', async (parameter) => {
    await start({ faults: { mail: refusing(parameter) } }, { maxConnections: 1 });
    for (let i = 0; i < 3; i++) expect(verdictOf(await upstream.sendOne())).toBe('sent');
    const mails = upstream.sink.commands.filter((line) => line.startsWith('MAIL'));
    expect(mails.map((line) => line.includes(parameter))).toEqual([true, false, false, false]);
  });

  it('H20: a server that knows no parameter at all refuses the sender, after two tries', async () => {
    await start({ faults: { mail: reply('555 5.5.4 Unknown parameter') } });
    expect(verdictOf(await upstream.sendOne())).toBe('deferred protocol');
    expect(upstream.sink.commands.filter((line) => line.startsWith('MAIL'))).toHaveLength(2);
  });

  it('H20: SMTPUTF8 that is refused fails a message that needs it, and no other', async () => {
    await start({ faults: { mail: refusing('SMTPUTF8') } });
    expect(verdictOf(await upstream.sendOne({ to: ['jürgen@b.test'] }))).toBe('bounced message');
    expect(upstream.sink.commands.filter((line) => line.startsWith('MAIL'))).toHaveLength(2);
    expect(verdictOf(await upstream.sendOne())).toBe('sent');
  });

  it('H20: 8BITMIME that is refused fails a message with octets above 127, and no other', async () => {
    await start({ faults: { mail: refusing('BODY') } });
    const message = () => Buffer.from('Subject: 8\r\n\r\nGrüße\r\n');
    expect(verdictOf(await upstream.sendOne({ message }))).toBe('bounced message');
    expect(verdictOf(await upstream.sendOne())).toBe('sent');
    expect(upstream.sink.messageCount).toBe(1);
  });

  it('H20: a message over a SIZE that was not announced is refused as a message', async () => {
    await start({ faults: { mail: reply('552 5.3.4 Message size exceeds fixed limit') } });
    expect(verdictOf(await upstream.sendOne())).toBe('bounced message');
  });

  it('H20: a mechanism of AUTH that is refused gives way to the next', async () => {
    const auth = { user: 'shop', pass: 'open sesame' };
    await start({ auth, faults: { auth: times(1, reply('504 5.5.4 Unknown mechanism')) } });
    expect(verdictOf(await upstream.sendOne())).toBe('sent');
    expect(
      upstream.sink.commands.filter((line) => line.startsWith('AUTH')).map((line) => line.slice(0, 10)),
    ).toEqual(['AUTH PLAIN', 'AUTH LOGIN']);
  });

  it('H20: PIPELINING that is no such thing ends at the deadline, and loops nowhere', async () => {
    await start({ faults: { mail: silence } }, {}, new TestClock());
    const sending = upstream.sendOne();
    await upstream.sink.waitFor(() => upstream.sink.transactions.length === 1, 'MAIL');
    expect(verdictOf(await upstream.outwaits(sending))).toBe('deferred network');
    expect(upstream.sink.connectionCount).toBe(1);
  });
});

describe('A reply that is odd', () => {
  it.each([
    ['X04', '550 5.7.2', 'bounced unknown.hard', 'count'],
    ['X05', '550 4.2.2 Mailbox full', 'deferred mailbox_full', 'count'],
    ['X06', '450 5.2.4 Mailing list expansion problem', 'deferred unknown.soft', 'no'],
    ['X15', '\r\n550 5.1.1 User unknown', 'bounced hard.recipient', 'now'],
    ['blanks', '  550 5.1.1 User unknown', 'bounced hard.recipient', 'now'],
    ['no text', '550', 'bounced unknown.hard', 'count'],
  ])('H21: %s of the reference, %j, is %s', async (_, text, verdict, suppress) => {
    await start({ faults: { rcpt: { raw: `${text}\r\n` } } });
    const outcome = await upstream.sendOne();
    expect(verdictOf(outcome)).toBe(verdict);
    expect(outcome).toMatchObject({ failure: { suppress } });
  });

  const ODD_TEXTS: Readonly<Record<string, string | Buffer>> = {
    'a megabyte of text': `550 5.1.1 ${'x'.repeat(1_000_000)}\r\n`,
    'many lines': `${'550-5.1.1 line\r\n'.repeat(50_000)}550 5.1.1 end\r\n`,
    'codes of a terminal': '550 5.1.1 \u001b[31mred\u001b[0m \u001b]0;title\u0007\r\n',
    'binary octets': Buffer.concat([
      Buffer.from('550 5.1.1 '),
      Buffer.from(Array.from({ length: 246 }, (_, i) => i + 1).filter((octet) => octet !== 10)),
      Buffer.from('\r\n'),
    ]),
    html: '550 5.1.1 <script>alert(1)</script><img src=x onerror=alert(1)>\r\n',
  };
  it.each(Object.entries(ODD_TEXTS))(
    'H22: %s is cut and cleaned, and understood all the same',
    async (_, raw) => {
      await start({ faults: { rcpt: { raw } } });
      // That nothing in it can harm is looked at in every send().
      expect(verdictOf(await upstream.sendOne())).toBe('bounced hard.recipient');
    },
  );

  it.each(['connect', 'ehlo', 'starttls', 'auth', 'mail', 'data', 'eod'] as const)(
    'H22: a hostile text at %s is cut and cleaned',
    async (stage) => {
      const raw = `451 4.3.0 \u001b[2J${'y'.repeat(900_000)}\u202e\r\n`;
      expect(await meets(stage, { raw })).toMatch(/^deferred /);
    },
  );
});

describe('The connection of a message', () => {
  it('H16: is not shared by two, however many come at a time', async () => {
    const sink = await SmtpSink.start();
    const transport = sinkTransport(sink, { maxConnections: 3 });
    upstream = await Upstream.start();
    const texts = Array.from({ length: 60 }, (_, i) => `Subject: ${i}\r\n\r\n${`${i}\r\n`.repeat(200)}`);
    await Promise.all(texts.map((text) => transport.send(sinkRequest({ message: () => Buffer.from(text) }))));
    expect(sink.messages.map((message) => message.text).toSorted()).toEqual(texts.toSorted());
    await transport.close();
    await sink.close();
  });
});
