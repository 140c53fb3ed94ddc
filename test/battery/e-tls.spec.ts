import { afterEach, describe, expect, it } from 'vitest';
import { oauth2Token } from '../../src/transports/smtp/oauth2-token.js';
import type { SmtpTransportOptions } from '../../src/transports/smtp/smtp-options.js';
import { makeCertificateAuthority, makeSinkCertificate } from '../support/smtp-sink-certificate.js';
import { reply, SmtpSink, type SinkFault, type SmtpSinkOptions } from '../support/smtp-sink.js';
import { giveToken, startTokenEndpoint, type TokenEndpoint } from '../support/token-endpoint.js';
import { Upstream, verdictOf } from './upstream.js';

const AUTH = { user: 'shop', pass: 'open sesame' };

let upstream: Upstream;
let endpoint: TokenEndpoint | undefined;

async function start(sinkOptions: SmtpSinkOptions, options: SmtpTransportOptions = {}): Promise<SmtpSink> {
  upstream = await Upstream.start(sinkOptions, options);
  return upstream.sink;
}

afterEach(async () => {
  await upstream?.close();
  await endpoint?.close();
  endpoint = undefined;
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
});

/** Neither credentials nor mail went over the wire. */
function expectNothingGiven(sink: SmtpSink): void {
  expect(sink.commands.filter((line) => /^(?:AUTH|MAIL|RCPT|DATA)/.test(line))).toEqual([]);
  const encoded = [AUTH.pass, `\0${AUTH.user}\0${AUTH.pass}`].map((text) =>
    Buffer.from(text).toString('base64'),
  );
  for (const secret of [AUTH.pass, ...encoded]) expect(sink.commands.join('\n')).not.toContain(secret);
}

/** By number of the row, so that each has its name in the list of tests. */
const BAD_CERTIFICATES = {
  expired: () => {
    const certificate = makeSinkCertificate({ notAfter: new Date(Date.now() - 60_000) });
    return { certificate, ca: certificate.cert };
  },
  'for another name': () => {
    const certificate = makeSinkCertificate({ host: 'other.test' });
    return { certificate, ca: certificate.cert };
  },
  'of an unknown authority': () => {
    const certificate = makeSinkCertificate({ issuer: makeCertificateAuthority() });
    return { certificate, ca: makeCertificateAuthority().cert };
  },
  'self-signed': () => ({ certificate: makeSinkCertificate(), ca: undefined }),
};
const BAD = Object.entries(BAD_CERTIFICATES).flatMap(([title, make]) =>
  (['starttls', 'implicit'] as const).map((tls) => [title, tls, make] as const),
);

describe('A relay without TLS', () => {
  it('E7: that offers no STARTTLS is told no credentials', async () => {
    // A sink without TLS offers AUTH at once, as a server does that somebody in between has made harmless.
    const sink = await SmtpSink.start({ auth: AUTH });
    upstream = await Upstream.start({}, { url: sink.url });
    expect(verdictOf(await upstream.sendOne())).toBe('deferred tls');
    expectNothingGiven(sink);
    await sink.close();
  });

  it('E7: that refuses EHLO is not greeted with HELO when there are credentials', async () => {
    const sink = await start({ faults: { ehlo: reply('502 5.5.1 What') } });
    expect((await upstream.sendOne()).state).toBe('deferred');
    expect(sink.commands.some((line) => line.startsWith('HELO'))).toBe(false);
    expectNothingGiven(sink);
  });

  it('E7: that has lost STARTTLS since the last connection is told nothing either', async () => {
    const sink = await start({ faults: { starttls: reply('454 4.7.0 TLS not available') } });
    expect(verdictOf(await upstream.sendOne())).toBe('deferred tls');
    expectNothingGiven(sink);
  });
});

describe('A relay without AUTH', () => {
  it.each(['starttls', 'implicit'] as const)('E8: over %s gets no mail: our account', async (tls) => {
    const sink = await SmtpSink.start({ tls });
    upstream = await Upstream.start(
      {},
      {
        url: undefined,
        host: sink.host,
        port: sink.port,
        secure: tls === 'implicit',
        auth: AUTH,
        tls: { ca: sink.certificate },
      },
    );
    const outcome = await upstream.sendOne();
    expect(verdictOf(outcome)).toBe('deferred our_account');
    expect(outcome).toMatchObject({ failure: { stage: 'auth', suppress: 'no' } });
    expectNothingGiven(sink);
    await sink.close();
  });

  it('E8: that knows only mechanisms that we do not have gets no mail: our account', async () => {
    const sink = await start({ auth: { ...AUTH, mechanisms: ['GSSAPI', 'NTLM'] } });
    expect(verdictOf(await upstream.sendOne())).toBe('deferred our_account');
    expectNothingGiven(sink);
  });
});

describe('Octets behind the go-ahead to STARTTLS', () => {
  const SMUGGLED = [
    '250-sink.test\r\n250 AUTH PLAIN\r\n',
    '235 2.7.0 Welcome\r\n250 Ok\r\n250 Ok\r\n354 Go\r\n250 Ok\r\n',
    '250-half a line',
    '\r\n',
    ' ',
  ];
  it.each(SMUGGLED)('E9: %j end the connection, and nothing is given', async (more) => {
    const sink = await start({ faults: { starttls: { raw: `220 2.0.0 Go ahead\r\n${more}` } } });
    expect((await upstream.sendOne()).state).toBe('deferred');
    expectNothingGiven(sink);
    expect(sink.messageCount).toBe(0);
  });

  it('E9: what the server can do is read from the EHLO within TLS alone', async () => {
    const said: SinkFault = reply('250-sink.test', '250-SIZE 1', '250 STARTTLS');
    let hellos = 0;
    const sink = await start({ faults: { ehlo: () => (++hellos === 1 ? said : undefined) } });
    // By the offer in clear it would be too large.
    expect(verdictOf(await upstream.sendOne())).toBe('sent');
    expect(sink.messages[0]).toMatchObject({ secure: true, user: AUTH.user });
  });
});

describe('A handshake that fails', () => {
  it.each(BAD)('E10: a certificate that is %s, by %s, ends the try in TLS', async (_, tls, make) => {
    const { certificate, ca } = make();
    const sink = await start({ tls, certificate }, { tls: { ca } });
    const outcome = await upstream.sendOne();
    expect(verdictOf(outcome)).toBe('deferred tls');
    expect(outcome).toMatchObject({ failure: { suppress: 'no', permanent: false } });
    expect(sink.connectionCount).toBe(1);
    expectNothingGiven(sink);
  });

  it.each(BAD)(
    'E11: a certificate that is %s, by %s, is never followed by plain text',
    async (_, tls, make) => {
      const { certificate, ca } = make();
      const sink = await start(
        { tls, certificate },
        { tls: { ca }, requireTLS: tls === 'starttls' ? true : undefined },
      );
      for (let i = 0; i < 3; i++) expect(verdictOf(await upstream.sendOne())).toBe('deferred tls');
      expectNothingGiven(sink);
    },
  );

  it('E11: without credentials it is not followed by plain text either: nobody has chosen that', async () => {
    const sink = await SmtpSink.start({ tls: 'starttls' });
    upstream = await Upstream.start({}, { url: sink.url, tls: {} });
    expect(verdictOf(await upstream.sendOne())).toBe('deferred tls');
    expectNothingGiven(sink);
    await sink.close();
  });

  it.each([{ after: 'silence' }, { after: 'close' }, { after: 'reset' }] as const)(
    'E11: when the go-ahead is followed by %j nothing is given',
    async (then) => {
      const fault = { reply: '220 2.0.0 Go ahead', ...then };
      const sink = await start({ faults: { starttls: fault } }, { greetingTimeoutMs: 1_000 });
      expect((await upstream.sendOne()).state).toBe('deferred');
      expectNothingGiven(sink);
    },
  );
});

describe('A token endpoint', () => {
  const TOKEN = 'ya29.token-of-the-shop';
  const client = {
    clientId: 'shop',
    clientSecret: 'secret of the shop',
    refreshToken: 'refresh of the shop',
  };

  async function startWith(
    tokenUrl: string,
    ca: string | undefined,
    mechanism = 'XOAUTH2',
  ): Promise<SmtpSink> {
    const auth = { ...AUTH, token: TOKEN, mechanisms: [mechanism] };
    const sink = await SmtpSink.start({ tls: 'starttls', auth });
    upstream = await Upstream.start(
      {},
      {
        url: undefined,
        host: sink.host,
        port: sink.port,
        tls: { ca: sink.certificate },
        auth: { user: AUTH.user, accessToken: oauth2Token({ ...client, tokenUrl, ca }) },
      },
    );
    return sink;
  }

  it.each(Object.entries(BAD_CERTIFICATES))(
    'E13: with a certificate that is %s is told no secret, and no mail is given',
    async (_, make) => {
      const { certificate, ca } = make();
      endpoint = await startTokenEndpoint(certificate, (response) => giveToken(response, TOKEN));
      // As it is done in desperation: it must not hold where a secret is sent.
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      const sink = await startWith(endpoint.url, ca);
      const outcome = await upstream.sendOne();
      expect(verdictOf(outcome)).toBe('deferred our_account');
      expect(JSON.stringify(outcome)).not.toMatch(/of the shop|token-of/);
      expect(endpoint.asked).toEqual([]);
      expectNothingGiven(sink);
      await sink.close();
    },
  );

  it('E13: that redirects is not followed', async () => {
    const certificate = makeSinkCertificate();
    endpoint = await startTokenEndpoint(certificate, (response, number) => {
      if (number > 1) giveToken(response, TOKEN);
      else response.writeHead(307, { location: endpoint?.url ?? '' }).end();
    });
    const sink = await startWith(endpoint.url, certificate.cert);
    expect(verdictOf(await upstream.sendOne())).toBe('deferred our_account');
    expect(endpoint.asked).toHaveLength(1);
    expectNothingGiven(sink);
    await sink.close();
  });

  it.each(['XOAUTH2', 'OAUTHBEARER'])(
    'E13: with a good certificate it gives the token for %s',
    async (mechanism) => {
      const issuer = makeCertificateAuthority();
      endpoint = await startTokenEndpoint(makeSinkCertificate({ issuer }), (response) =>
        giveToken(response, TOKEN),
      );
      const sink = await startWith(endpoint.url, issuer.cert, mechanism);
      expect(verdictOf(await upstream.sendOne())).toBe('sent');
      expect(sink.messages[0]).toMatchObject({ secure: true, user: AUTH.user });
      expect(endpoint.asked.map((form) => Object.fromEntries(form))).toEqual([
        {
          client_id: 'shop',
          client_secret: 'secret of the shop',
          grant_type: 'refresh_token',
          refresh_token: 'refresh of the shop',
        },
      ]);
      await sink.close();
    },
  );
});
