import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { oauth2Token, type OAuth2TokenOptions } from '../../src/transports/smtp/oauth2-token.js';
import type { AccessTokenSource } from '../../src/transports/smtp/smtp-options.js';
import { makeSinkCertificate, type SinkCertificate } from '../support/smtp-sink-certificate.js';
import { SmtpSink } from '../support/smtp-sink.js';
import { sinkRequest, sinkTransport } from '../support/smtp-sink-request.js';
import { giveToken, startTokenEndpoint, type TokenEndpoint } from '../support/token-endpoint.js';

let certificate: SinkCertificate;
let endpoint: TokenEndpoint;

beforeAll(() => {
  certificate = makeSinkCertificate();
});

afterEach(() => endpoint?.close());

async function start(
  answer: Parameters<typeof startTokenEndpoint>[1],
  options: Partial<OAuth2TokenOptions> = {},
): Promise<AccessTokenSource> {
  endpoint = await startTokenEndpoint(certificate, answer);
  return oauth2Token({
    tokenUrl: endpoint.url,
    clientId: 'shop',
    clientSecret: 'secret',
    ca: certificate.cert,
    ...options,
  });
}

describe('oauth2Token()', () => {
  it('keeps a token while it is good', async () => {
    const token = await start((response, number) => giveToken(response, `token${number}`));
    expect([await token(), await token()]).toEqual(['token1', 'token1']);
    expect(endpoint.asked).toHaveLength(1);
  });

  it('asks anew when a token has less than a minute left', async () => {
    const token = await start((response, number) => giveToken(response, `token${number}`, 60));
    expect([await token(), await token()]).toEqual(['token1', 'token2']);
  });

  it('asks anew when a token was refused, and not when another one was', async () => {
    const token = await start((response, number) => giveToken(response, `token${number}`));
    expect([await token(), await token('token1'), await token('token1')]).toEqual([
      'token1',
      'token2',
      'token2',
    ]);
  });

  it('asks once for all who wait', async () => {
    const token = await start((response) => giveToken(response, 'token'));
    expect(new Set(await Promise.all(Array.from({ length: 20 }, async () => token())))).toEqual(
      new Set(['token']),
    );
    expect(endpoint.asked).toHaveLength(1);
  });

  it('asks again after a failure', async () => {
    const token = await start((response, number) => {
      if (number === 1) response.writeHead(503).end('secret');
      else giveToken(response, 'token');
    });
    await expect(token()).rejects.toThrow('status 503');
    expect(await token()).toBe('token');
  });

  it.each([
    ['an error', (response) => void response.writeHead(400).end('{"error":"invalid_grant secret"}')],
    ['no token', (response) => void response.end('{"token_type":"Bearer"}')],
    ['no JSON', (response) => void response.end('<html>secret</html>')],
    ['too much', (response) => void response.end('x'.repeat(200_000))],
    [
      'a cut answer',
      (response) =>
        void response.writeHead(200, { 'content-length': '99' }).write('{', () => response.destroy()),
    ],
  ] satisfies readonly (readonly [string, Parameters<typeof startTokenEndpoint>[1]])[])(
    'rejects when it is answered %s',
    async (_, answer) => {
      const token = await start(answer);
      const error = await Promise.resolve(token()).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Error);
    },
  );

  it('rejects when it is not answered in time', async () => {
    const token = await start(() => undefined, { timeoutMs: 200 });
    await expect(token()).rejects.toThrow();
  });

  it('asks with client credentials where there is no refresh token', async () => {
    const token = await start((response) => giveToken(response, 'token'), { scope: 'mail.send' });
    await token();
    expect(Object.fromEntries(endpoint.asked[0] ?? [])).toMatchObject({
      grant_type: 'client_credentials',
      scope: 'mail.send',
    });
  });

  it.each<[string, OAuth2TokenOptions]>([
    ['tokenUrl', { tokenUrl: 'http://a.test/token', clientId: 'a', clientSecret: 'secret' }],
    ['tokenUrl', { tokenUrl: 'secret', clientId: 'a', clientSecret: 'secret' }],
    ['clientId', { tokenUrl: 'https://a.test/token', clientId: '', clientSecret: 'secret' }],
    ['clientSecret', { tokenUrl: 'https://a.test/token', clientId: 'a' }],
    ['tokenURL', { tokenUrl: 'https://a.test/token', tokenURL: '', clientId: 'a' } as OAuth2TokenOptions],
  ])('says what is wrong with %s', (field, options) => {
    expect(() => oauth2Token(options)).toThrow(
      expect.objectContaining({ code: 'ERR_MAIL_RELAY_OPTIONS', field }),
    );
    expect(() => oauth2Token(options)).not.toThrow('secret');
  });
});

describe('a token at the server', () => {
  async function outcomeWith(accessToken: string | AccessTokenSource) {
    const auth = { user: 'shop', pass: 'unused', token: 'good', mechanisms: ['XOAUTH2'] };
    const sink = await SmtpSink.start({ tls: 'starttls', auth });
    const transport = sinkTransport(sink, {
      url: undefined,
      host: sink.host,
      port: sink.port,
      auth: { user: 'shop', accessToken },
    });
    const { outcomes } = await transport.send(sinkRequest());
    await transport.close();
    await sink.close();
    return { outcome: outcomes[0], commands: sink.commands };
  }

  it('that is refused is asked for anew, once, on the same connection', async () => {
    const refused: (string | undefined)[] = [];
    const { outcome, commands } = await outcomeWith((token) => {
      refused.push(token);
      return token === undefined ? 'stale' : 'good';
    });
    expect(outcome).toMatchObject({ state: 'sent' });
    expect(refused).toEqual([undefined, 'stale']);
    expect(commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(2);
  });

  it.each<[string, string | AccessTokenSource]>([
    ['is wrong', 'wrong'],
    ['stays wrong', () => 'wrong'],
    ['cannot be had', () => Promise.reject(new Error('secret'))],
    ['would be a command of its own', () => 'good\r\nMAIL FROM:<e@e.test>'],
    ['is empty', () => ''],
  ])('that %s is the fault of our account', async (_, accessToken) => {
    const { outcome, commands } = await outcomeWith(accessToken);
    expect(outcome).toMatchObject({ state: 'deferred', failure: { class: 'our_account', suppress: 'no' } });
    expect(JSON.stringify(outcome)).not.toContain('secret');
    expect(commands.filter((line) => line.startsWith('MAIL'))).toEqual([]);
  });

  it.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])(
    'is not needed where there is a password: %s',
    async (mechanism) => {
      const sink = await SmtpSink.start({
        tls: 'starttls',
        auth: { user: 'sh op', pass: 'pä ss', mechanisms: [mechanism] },
      });
      const transport = sinkTransport(sink);
      const { outcomes } = await transport.send(sinkRequest());
      await transport.close();
      await sink.close();
      expect(outcomes).toMatchObject([{ state: 'sent' }]);
      expect(sink.messages[0]?.user).toBe('sh op');
    },
  );
});
