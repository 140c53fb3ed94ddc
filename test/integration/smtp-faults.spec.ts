import { afterEach, describe, expect, it } from 'vitest';
import type { DeliveryOutcome } from '../../src/core/failure/delivery-outcome.js';
import type { MailTransport } from '../../src/transports/mail-transport.js';
import type { SmtpTransportOptions } from '../../src/transports/smtp/smtp-options.js';
import {
  byAddress,
  close,
  drip,
  reply,
  reset,
  shutdown,
  silence,
  SmtpSink,
  times,
  type SinkFault,
  type SinkStage,
  type SmtpSinkOptions,
} from '../support/smtp-sink.js';
import { LONG, sinkRequest, sinkTransport } from '../support/smtp-sink-request.js';

let sink: SmtpSink;
let transport: MailTransport;

async function start(
  options: SmtpSinkOptions = {},
  transportOptions: SmtpTransportOptions = {},
): Promise<void> {
  sink = await SmtpSink.start(options);
  transport = sinkTransport(sink, transportOptions);
}

/** The whole journey: STARTTLS and AUTH on the way. */
const RELAY: SmtpSinkOptions = { tls: 'starttls', auth: { user: 'shop', pass: 'open sesame' } };
const IMPATIENT: SmtpTransportOptions = { greetingTimeoutMs: 200, replyTimeoutMs: 200 };

afterEach(async () => {
  await transport.close();
  await sink.close();
});

async function sendOne(changes: Parameters<typeof sinkRequest>[0] = {}): Promise<DeliveryOutcome> {
  const [outcome] = (await transport.send(sinkRequest(changes))).outcomes;
  return outcome ?? expect.unreachable();
}

const STAGES = [
  'connect',
  'ehlo',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'eod',
] as const satisfies SinkStage[];

/** What a fault must lead to, by stage; `*` stands for those not named. */
type Expectation = Partial<
  Record<(typeof STAGES)[number] | '*', readonly [state: string, failureClass: string]>
>;

const NETWORK = ['deferred', 'network'] as const;
const PROTOCOL = ['deferred', 'protocol'] as const;
const UNCERTAIN = ['uncertain', 'uncertain'] as const;
const TLS = ['deferred', 'tls'] as const;

const FAULTS: readonly (readonly [title: string, fault: SinkFault, expected: Expectation])[] = [
  [
    'refuses for good',
    reply('550 5.0.0 No'),
    {
      connect: NETWORK,
      ehlo: NETWORK,
      starttls: TLS,
      auth: ['deferred', 'our_account'],
      mail: ['bounced', 'sender'],
      rcpt: ['bounced', 'unknown.hard'],
      data: ['bounced', 'unknown.hard'],
      eod: ['bounced', 'unknown.hard'],
    },
  ],
  [
    'refuses for now',
    reply('451 4.3.0 Later'),
    { '*': NETWORK, starttls: TLS, auth: ['deferred', 'network'] },
  ],
  ['closes', close, { '*': NETWORK, eod: UNCERTAIN }],
  ['resets', reset, { '*': NETWORK, eod: UNCERTAIN }],
  ['says 421 and closes', shutdown, { '*': NETWORK, starttls: TLS }],
  ['falls silent', silence, { '*': NETWORK, eod: UNCERTAIN }],
  ['answers without a code', reply('hello there'), { '*': PROTOCOL, eod: UNCERTAIN }],
  ['contradicts itself', reply('250-yes', '550 no'), { '*': PROTOCOL, eod: UNCERTAIN }],
  ['never ends its answer', { raw: '250-more\r\n'.repeat(120_000) }, { '*': PROTOCOL, eod: UNCERTAIN }],
  ['never ends its line', { raw: '2'.repeat(1_100_000) }, { '*': PROTOCOL, eod: UNCERTAIN }],
];

describe.each(FAULTS)('a server that %s', (_title, fault, expected) => {
  it.each(STAGES)('at %s', async (stage) => {
    await start({ ...RELAY, faults: { [stage]: fault } }, fault === silence ? IMPATIENT : {});
    const outcome = await sendOne();
    const failureClass = outcome.state === 'sent' ? 'none' : outcome.failure.class;
    expect([outcome.state, failureClass]).toEqual(expected[stage] ?? expected['*']);
    if (outcome.state !== 'uncertain') expect(sink.messageCount).toBe(0);
  });
});

describe('a slow server', () => {
  it.each(STAGES)('is understood octet by octet at %s', async (stage) => {
    await start({ ...RELAY, faults: { [stage]: drip(1) } });
    expect((await sendOne()).state).toBe('sent');
  });

  it.each([
    ['mail', 'deferred'],
    ['eod', 'uncertain'],
  ] as const)('that drips without end at %s is ended by the deadline', async (stage, state) => {
    await start({ faults: { [stage]: { raw: '250-'.repeat(100_000), dripMs: 5 } } });
    expect(await sendOne({ signal: AbortSignal.timeout(150) })).toMatchObject({ state });
  });

  it('that drips without end while a session is being set up is ended by the time for that', async () => {
    await start({ faults: { ehlo: { raw: '250-'.repeat(100_000), dripMs: 5 } } }, IMPATIENT);
    expect(await sendOne()).toMatchObject({ state: 'deferred', failure: { stage: 'ehlo' } });
  });
});

describe('a server that takes what it should not', () => {
  it('has no message when it answers 250 to DATA', async () => {
    await start({ faults: { data: reply('250 2.0.0 Ok') } });
    let reads = 0;
    const outcome = await sendOne({ message: () => Buffer.from(`${++reads}`) });
    expect(outcome).toMatchObject({ state: 'deferred', failure: { class: 'protocol', stage: 'data' } });
    expect([reads, sink.messageCount]).toEqual([0, 0]);
  });

  it('gets no body when it says 354 although it refused everybody', async () => {
    await start({ faults: { rcpt: reply('550 5.1.1 No such user'), data: reply('354 Go ahead') } });
    expect(await sendOne()).toMatchObject({
      state: 'bounced',
      failure: { stage: 'rcpt', reply: { code: 550 } },
    });
    await sink.waitFor(() => sink.openConnections === 0, 'the connection to be dropped');
  });

  it('has no message when it answers the dot before it was sent', async () => {
    await start({ faults: { data: { raw: '354 Go ahead\r\n250 2.0.0 Ok\r\n' } } });
    let handOvers = 0;
    const outcome = await sendOne({ handOver: () => void handOvers++ });
    expect(outcome).toMatchObject({ state: 'deferred', failure: { class: 'protocol', ambiguous: false } });
    expect([handOvers, sink.messageCount]).toEqual([0, 0]);
  });

  it('is not asked again over a connection on which it answered twice', async () => {
    await start({ faults: { eod: { raw: '250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n' } } });
    expect((await sendOne()).state).toBe('sent');
    expect((await sendOne()).state).toBe('sent');
    expect(sink.connectionCount).toBe(2);
  });

  it('gives no success for a recipient whom it answered in two ways', async () => {
    await start({ faults: { rcpt: byAddress({ 'odd@b.test': reply('250-yes', '550 no') }) } });
    const { outcomes } = await transport.send(sinkRequest({ to: ['ada@b.test', 'odd@b.test'] }));
    expect(outcomes.map((one) => one.state)).toEqual(['deferred', 'deferred']);
    expect(sink.messageCount).toBe(0);
  });

  it.each(['mail', 'rcpt', 'data'] as const)(
    'gives no success when it answers twice at %s',
    async (stage) => {
      const twice = stage === 'data' ? '354 go\r\n354 go\r\n' : '250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n';
      await start({ pipelining: false, faults: { [stage]: { raw: twice } } });
      expect((await sendOne()).state).toBe('deferred');
      expect(sink.messageCount).toBe(0);
    },
  );
});

describe('a refusal', () => {
  it('in the middle of the message counts as the answer to it', async () => {
    await start({ faults: { body: { reply: '550 5.7.1 This message is spam', after: 'close' } } });
    const outcome = await sendOne({ ...LONG, handOver: () => new Promise<void>(() => undefined) });
    expect(outcome).toMatchObject({ state: 'bounced', failure: { reply: { code: 550 }, ambiguous: false } });
  });

  it('is read behind an empty line', async () => {
    await start({ faults: { rcpt: reply('', '550 5.1.1 User unknown') } });
    expect(await sendOne()).toMatchObject({ state: 'bounced', failure: { class: 'hard.recipient' } });
  });

  it('keeps a text that is safe to store', async () => {
    await start({ faults: { rcpt: reply(`550 5.1.1 \u001b[31m${'x'.repeat(500_000)}`) } });
    const outcome = await sendOne();
    const text = outcome.state === 'sent' ? '' : (outcome.failure.reply?.text ?? '');
    expect(text.length).toBeLessThanOrEqual(4096);
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(text).not.toMatch(/[\u0000-\u001f]/);
  });

  it('of MAIL is told to every recipient, with its own reply', async () => {
    await start({ faults: { mail: reply('550 5.7.1 Sender not allowed') } });
    const { outcomes } = await transport.send(sinkRequest({ to: ['ada@b.test', 'eve@b.test'] }));
    const at = { failure: { stage: 'mail', reply: { text: 'Sender not allowed' } } };
    expect(outcomes).toMatchObject([at, at]);
  });

  it('of one recipient knows how many were accepted before', async () => {
    await start({ faults: { rcpt: byAddress({ 'eve@b.test': reply('452 4.5.3 Too many recipients') }) } });
    const { outcomes } = await transport.send(sinkRequest({ to: ['ada@b.test', 'eve@b.test'] }));
    expect(outcomes).toMatchObject([{ state: 'sent' }, { failure: { class: 'split', retry: 'split' } }]);
  });

  it.each(['data', 'eod'] as const)(
    'of all recipients together, because they are too many, at %s, is answered by fewer',
    async (stage) => {
      let named = 0;
      await start({
        faults: {
          mail: () => void (named = 0),
          rcpt: () => void named++,
          [stage]: () => (named > 2 ? reply('550 5.5.3 Too many recipients') : undefined),
        },
      });
      let marks = 0;
      const send = (to: readonly string[]) =>
        transport.send(sinkRequest({ to, handOver: () => void marks++ }));
      const { outcomes } = await send(['a@b.test', 'b@b.test', 'c@b.test', 'd@b.test', 'e@b.test']);
      expect(outcomes.map(({ address, state }) => `${address} ${state}`)).toEqual([
        'a@b.test sent',
        'b@b.test sent',
        'c@b.test sent',
        'd@b.test sent',
        'e@b.test sent',
      ]);
      expect(marks).toBe(1);
      expect(sink.messages.flatMap(({ to }) => to).toSorted()).toEqual(
        outcomes.map(({ address }) => address),
      );
    },
  );

  it('that means an account and not a number is no reason to ask for everybody', async () => {
    await start({ faults: { data: reply('452 4.5.3 Too many recipients this hour') } });
    const to = Array.from({ length: 8 }, (_, i) => `${i}@b.test`);
    const { outcomes } = await transport.send(sinkRequest({ to }));
    expect(new Set(outcomes.map((one) => one.state !== 'sent' && one.failure.class))).toEqual(
      new Set(['rate.account']),
    );
    expect(sink.commands.filter((command) => command.startsWith('DATA'))).toHaveLength(4);
  });

  it('of a recipient by the host of a provider that is named does not give up the address at once', async () => {
    await start({ faults: { rcpt: reply('550 5.1.1 No such user') } });
    expect(await sendOne()).toMatchObject({ failure: { class: 'hard.recipient', suppress: 'now' } });
    await transport.close();
    transport = sinkTransport(sink, { provider: 'sendgrid' });
    expect(await sendOne()).toMatchObject({ failure: { class: 'hard.recipient', suppress: 'count' } });
  });

  it.each([true, false])('leaves the connection usable, with pipelining: %s', async (pipelining) => {
    await start({
      pipelining,
      faults: { rcpt: byAddress({ 'gone@b.test': reply('550 5.1.1 No such user') }) },
    });
    await sendOne({ to: ['gone@b.test'] });
    await sink.waitFor(() => sink.commands.includes('RSET'), 'RSET');
    await sendOne();
    await sendOne();
    expect(sink.messageCount).toBe(2);
    expect(sink.connectionCount).toBeLessThanOrEqual(2);
  });
});

describe('RSET', () => {
  it.each([
    ['refused', reply('500 5.5.1 What')],
    ['answered by a close', close],
    ['never answered', silence],
    ['answered in two ways', reply('250-yes', '550 no')],
  ])('that is %s does not hold up the next mail', async (_, fault) => {
    await start({ faults: { rcpt: times(1, reply('550 5.1.1 No such user')), rset: fault } });
    await sendOne();
    expect((await sendOne()).state).toBe('sent');
    expect(sink.connectionCount).toBe(2);
  });
});

describe('QUIT', () => {
  it.each([
    ['refused', reply('500 5.5.1 What')],
    ['answered by 421', shutdown],
    ['answered by a reset', reset],
    ['answered with garbage', reply('hello')],
    ['never answered', silence],
  ])('that is %s ends the connection in time', async (_, fault) => {
    await start({ faults: { quit: fault } });
    await sendOne();
    // The connection is idle only a turn later.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    await transport.close();
    expect(sink.commands).toContain('QUIT');
    sink.disconnectAll('reset');
    await sink.waitFor(() => sink.openConnections === 0, 'the end');
  });
});

describe('a kept connection', () => {
  it('on which the server speaks unasked is not used again', async () => {
    await start();
    await sendOne();
    sink.sessions[0]?.say('250 2.0.0 By the way\r\n');
    await sink.waitFor(() => sink.openConnections === 0, 'the connection to be dropped');
    expect((await sendOne()).state).toBe('sent');
    expect(sink.connectionCount).toBe(2);
  });

  it('that the server ends with 421 costs no mail', async () => {
    await start();
    await sendOne();
    sink.sessions[0]?.say('421 4.4.2 Idle for too long\r\n');
    expect((await sendOne()).state).toBe('sent');
    expect(sink.messageCount).toBe(2);
  });

  it('that was reset after the answer to the dot leaves the mail sent', async () => {
    await start();
    const outcome = await sendOne();
    sink.disconnectAll('reset');
    expect(outcome.state).toBe('sent');
    expect((await sendOne()).state).toBe('sent');
    expect(sink.messageCount).toBe(2);
  });
});

describe('what the server cannot take', () => {
  it('is refused before MAIL when an address needs SMTPUTF8', async () => {
    await start({ smtpUtf8: false });
    expect(await sendOne({ to: ['jürgen@b.test'] })).toMatchObject({
      state: 'bounced',
      failure: { class: 'message' },
    });
    expect(sink.transactions).toEqual([]);
  });

  it('is sent with SMTPUTF8 where that is offered', async () => {
    await start();
    expect((await sendOne({ to: ['jürgen@b.test'] })).state).toBe('sent');
    expect(sink.messages[0]).toMatchObject({
      to: ['jürgen@b.test'],
      parameters: expect.stringContaining('SMTPUTF8'),
    });
  });

  it('is refused before MAIL when it is larger than SIZE', async () => {
    await start({ size: 100 });
    expect(await sendOne({ sizeBytes: 101 })).toMatchObject({
      state: 'bounced',
      failure: { class: 'message' },
    });
    expect(sink.transactions).toEqual([]);
  });

  it('is not sent when it has octets above 127 and 8BITMIME is not offered', async () => {
    await start({ eightBitMime: false });
    const outcome = await sendOne({ message: () => Buffer.from('Subject: 8\r\n\r\nGrüße\r\n') });
    expect(outcome.state).not.toBe('sent');
    expect(sink.messageCount).toBe(0);
  });

  it('leaves the connection to the next mail', async () => {
    await start({ size: 100 });
    await sendOne({ sizeBytes: 101 });
    await sendOne({ sizeBytes: 50 });
    expect([sink.messageCount, sink.connectionCount]).toEqual([1, 1]);
  });
});

describe('the end of the message', () => {
  const SMUGGLED = 'MAIL FROM:<evil@a.test>\r\nRCPT TO:<victim@b.test>\r\nDATA\r\nsmuggled\r\n.\r\n';

  it.each([
    ['LF.CRLF', '\n.\r\n'],
    ['CRLF.LF', '\r\n.\n'],
    ['LF.LF', '\n.\n'],
    ['CR.CRLF', '\r.\r\n'],
    ['CR.CR', '\r.\r'],
    ['CRLF.CR', '\r\n.\r'],
    ['CRLF.CRCRLF', '\r\n.\r\r\n'],
    ['CRLF.CRLF', '\r\n.\r\n'],
  ])('is not where the message has %s', async (_, sequence) => {
    await start();
    await sendOne({ message: () => Buffer.from(`Subject: x\r\n\r\nhello${sequence}${SMUGGLED}`) });
    const [message] = sink.messages;
    expect(sink.messageCount).toBe(1);
    expect(message).toMatchObject({ bareCr: 0, bareLf: 0, lenientEnds: 1 });
  });

  it.each(['', '\r', '\n', '.', '\r\n.', '\r\n', '.\r\n', '\r\n.\r\n', '..\r\n'])(
    'comes once behind a body that ends in %j',
    async (end) => {
      await start();
      const body = `Subject: x\r\n\r\nhello${end}`;
      await sendOne({ message: () => Buffer.from(body) });
      const normalised = body.replace(/\r\n|\r|\n/g, '\r\n');
      expect(sink.messages[0]?.text).toBe(normalised.endsWith('\r\n') ? normalised : `${normalised}\r\n`);
      expect(sink.messages[0]?.lenientEnds).toBe(1);
    },
  );

  it('is found in a message of many slices', async () => {
    await start();
    const message = Buffer.from(
      `Subject: big\r\n\r\n${'.line of text that begins with a dot\r\n'.repeat(30_000)}`,
    );
    expect((await sendOne({ message: () => message, sizeBytes: message.length })).state).toBe('sent');
    expect(sink.messages[0]?.raw.equals(message)).toBe(true);
  });
});
