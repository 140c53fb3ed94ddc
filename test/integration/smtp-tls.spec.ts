import { afterEach, describe, expect, it } from 'vitest';
import type { DeliveryOutcome } from '../../src/core/failure/delivery-outcome.js';
import type { MailTransport } from '../../src/transports/mail-transport.js';
import type { SmtpTransportOptions } from '../../src/transports/smtp/smtp-options.js';
import { makeSinkCertificate } from '../support/smtp-sink-certificate.js';
import { reply, SmtpSink, type SmtpSinkOptions } from '../support/smtp-sink.js';
import { sinkRequest, sinkTransport } from '../support/smtp-sink-request.js';

const AUTH = { user: 'shop', pass: 'open sesame' };

let sink: SmtpSink;
let transport: MailTransport;

async function start(options: SmtpSinkOptions, transportOptions: SmtpTransportOptions = {}): Promise<void> {
  sink = await SmtpSink.start(options);
  transport = sinkTransport(sink, transportOptions);
}

afterEach(async () => {
  await transport.close();
  await sink.close();
});

async function sendOne(): Promise<DeliveryOutcome> {
  const [outcome] = (await transport.send(sinkRequest())).outcomes;
  return outcome ?? expect.unreachable();
}

/** Nothing but greetings went over the wire. */
function expectNothingGiven(): void {
  expect(sink.commands.filter((line) => /^(?:AUTH|MAIL|RCPT|DATA)/.test(line))).toEqual([]);
}

describe('encryption', () => {
  it.each(['starttls', 'implicit'] as const)('carries credentials and mail: %s', async (tls) => {
    await start({ tls, auth: AUTH });
    expect((await sendOne()).state).toBe('sent');
    expect(sink.messages[0]).toMatchObject({ secure: true, user: AUTH.user });
    expect(sink.sessions[0]?.secure).toBe(true);
  });

  it('is used where it is offered, without being asked for', async () => {
    await start({ tls: 'starttls' });
    await sendOne();
    expect(sink.messages[0]?.secure).toBe(true);
  });

  it('is done without where it is neither offered nor demanded', async () => {
    await start({});
    await sendOne();
    expect(sink.messages[0]?.secure).toBe(false);
  });

  it('is demanded by requireTLS', async () => {
    await start({}, { requireTLS: true });
    expect(await sendOne()).toMatchObject({ state: 'deferred', failure: { class: 'tls' } });
    expectNothingGiven();
  });

  it('is demanded by credentials', async () => {
    await start({ auth: AUTH });
    expect(await sendOne()).toMatchObject({ state: 'deferred', failure: { class: 'tls' } });
    expectNothingGiven();
  });

  it('is demanded by credentials even when the server knows only HELO', async () => {
    await start({ auth: AUTH, faults: { ehlo: reply('502 5.5.1 What') } });
    expect((await sendOne()).state).toBe('deferred');
    expectNothingGiven();
  });

  it('may be done without for a server on this machine', async () => {
    await start({ auth: AUTH }, { allowPlaintextAuth: true });
    expect((await sendOne()).state).toBe('sent');
    expect(sink.messages[0]).toMatchObject({ secure: false, user: AUTH.user });
  });
});

describe('a handshake that fails', () => {
  const CERTIFICATES = {
    expired: () => {
      const certificate = makeSinkCertificate({ notAfter: new Date(Date.now() - 60_000) });
      return { certificate, ca: certificate.cert };
    },
    'for another host': () => {
      const certificate = makeSinkCertificate({ host: 'other.test' });
      return { certificate, ca: certificate.cert };
    },
    'of an unknown authority': () => ({ certificate: makeSinkCertificate(), ca: makeSinkCertificate().cert }),
    'of no authority at all': () => ({ certificate: makeSinkCertificate(), ca: undefined }),
  };

  describe.each(Object.entries(CERTIFICATES))('with a certificate %s', (_, make) => {
    it.each(['starttls', 'implicit'] as const)('ends the try: %s', async (tls) => {
      const { certificate, ca } = make();
      await start({ tls, auth: AUTH, certificate }, { tls: { ca } });
      const outcome = await sendOne();
      expect(outcome).toMatchObject({ state: 'deferred', failure: { class: 'tls', suppress: 'no' } });
      expect(sink.connectionCount).toBe(1);
      expectNothingGiven();
    });
  });

  it('is not followed by a try in clear, although nobody demanded encryption', async () => {
    await start({ tls: 'starttls' }, { tls: {} });
    expect(await sendOne()).toMatchObject({ state: 'deferred', failure: { class: 'tls' } });
    expect(sink.connectionCount).toBe(1);
    expectNothingGiven();
  });

  it('may be overruled by the operator', async () => {
    await start({ tls: 'starttls', auth: AUTH }, { tls: { rejectUnauthorized: false } });
    expect((await sendOne()).state).toBe('sent');
  });

  it('ends by the time for setting up when it stalls', async () => {
    await start(
      { tls: 'starttls', auth: AUTH, faults: { starttls: { reply: '220 Go ahead', after: 'silence' } } },
      { greetingTimeoutMs: 150 },
    );
    expect(await sendOne()).toMatchObject({ state: 'deferred', failure: { stage: 'tls' } });
    expectNothingGiven();
  });

  it('is that of a server that speaks in clear where TLS is expected', async () => {
    sink = await SmtpSink.start();
    transport = sinkTransport(sink, { url: `smtps://${sink.host}:${sink.port}` });
    expect(await sendOne()).toMatchObject({ state: 'deferred', failure: { class: 'tls', stage: 'tls' } });
    expectNothingGiven();
  });

  it('leaves the transport able to send once the certificate is right', async () => {
    await start({ tls: 'starttls', faults: { starttls: reply('454 4.7.0 TLS not available') } });
    expect((await sendOne()).state).toBe('deferred');
    sink.faults = {};
    expect((await sendOne()).state).toBe('sent');
  });
});

describe('octets in clear behind the go-ahead to STARTTLS', () => {
  it.each(['250-sink.test\r\n250 AUTH PLAIN\r\n', '250-half a line', '\r\n'])(
    'end the connection: %j',
    async (more) => {
      await start({
        tls: 'starttls',
        auth: AUTH,
        faults: { starttls: { raw: `220 2.0.0 Go ahead\r\n${more}` } },
      });
      expect((await sendOne()).state).toBe('deferred');
      expectNothingGiven();
    },
  );

  it('are not seen in an answer that comes in pieces', async () => {
    await start({ tls: 'starttls', auth: AUTH, faults: { starttls: { dripMs: 1 } } });
    expect((await sendOne()).state).toBe('sent');
  });

  it('are not seen in an answer of several lines', async () => {
    await start({
      tls: 'starttls',
      auth: AUTH,
      faults: { starttls: reply('220-2.0.0 Ready', '220 2.0.0 Go ahead') },
    });
    expect((await sendOne()).state).toBe('sent');
  });
});

describe('authentication', () => {
  it('that is configured but not offered ends the try before MAIL', async () => {
    sink = await SmtpSink.start({ tls: 'starttls' });
    transport = sinkTransport(sink, { url: undefined, host: sink.host, port: sink.port, auth: AUTH });
    expect(await sendOne()).toMatchObject({
      state: 'deferred',
      failure: { class: 'our_account', stage: 'auth' },
    });
    expectNothingGiven();
  });

  it('with mechanisms we do not have is not tried', async () => {
    await start({ tls: 'starttls', auth: { ...AUTH, mechanisms: ['GSSAPI', 'NTLM'] } });
    expect(await sendOne()).toMatchObject({ state: 'deferred', failure: { class: 'our_account' } });
    expectNothingGiven();
  });

  it.each(['PLAIN', 'LOGIN'])('works with %s alone', async (mechanism) => {
    await start({
      tls: 'starttls',
      auth: { user: 'sh op@a.test', pass: 'pä ss:/@%', mechanisms: [mechanism] },
    });
    await sendOne();
    expect(sink.messages[0]?.user).toBe('sh op@a.test');
  });

  it('is done once per connection', async () => {
    await start({ tls: 'starttls', auth: AUTH }, { maxConnections: 1 });
    await Promise.all(Array.from({ length: 10 }, sendOne));
    expect(sink.commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(1);
    expect(sink.messageCount).toBe(10);
  });

  it('that is refused tells no secret', async () => {
    await start({
      tls: 'starttls',
      auth: AUTH,
      faults: { auth: reply('535 5.7.8 Bad credentials') },
    });
    const { outcomes } = await transport.send(sinkRequest());
    expect(JSON.stringify(outcomes)).not.toContain(AUTH.pass);
    expect(await transport.verify(new AbortController().signal)).toMatchObject({
      ok: false,
      failure: { class: 'our_account', stage: 'auth' },
    });
  });
});
