import { describe, expect, it } from 'vitest';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { resolveSmtpOptions, type SmtpTransportOptions } from './smtp-options.js';

const SECRET = 'open-sesame';

function problemOf(options: SmtpTransportOptions): MailRelayError {
  try {
    resolveSmtpOptions(options);
  } catch (error) {
    if (MailRelayError.is(error, 'ERR_MAIL_RELAY_OPTIONS')) return error;
  }
  return expect.unreachable();
}

describe('the server', () => {
  it.each([
    ['smtp://mail.test', { host: 'mail.test', port: 587, secure: false, auth: undefined }],
    ['smtps://mail.test', { host: 'mail.test', port: 465, secure: true }],
    ['smtp://mail.test:25/', { host: 'mail.test', port: 25 }],
    ['smtp://127.0.0.1:2525', { host: '127.0.0.1', port: 2525 }],
    ['smtp://[::1]:2525', { host: '::1', port: 2525 }],
    ['smtps://u%40a.test:p%3Aa%2Fs%20s@mail.test', { auth: { user: 'u@a.test', pass: 'p:a/s s' } }],
  ])('is read from %s', (url, expected) => {
    expect(resolveSmtpOptions({ url })).toMatchObject(expected);
  });

  it.each([
    [{}, { host: 'localhost', port: 587, secure: false }],
    [{ secure: true }, { port: 465, secure: true }],
    [{ port: 465 }, { port: 465, secure: true }],
    [
      { port: 465, secure: false },
      { port: 465, secure: false },
    ],
    [
      { host: undefined, port: undefined, secure: undefined },
      { host: 'localhost', port: 587 },
    ],
  ])('is read from %j', (options, expected) => {
    expect(resolveSmtpOptions(options)).toMatchObject(expected);
  });
});

describe('credentials', () => {
  const auth = { user: 'shop', pass: SECRET };

  it.each([
    [{ auth }, true],
    [{ auth, secure: true }, false],
    [{ auth, allowPlaintextAuth: true }, false],
    [{ auth, allowPlaintextAuth: true, requireTLS: true }, true],
    [{}, false],
    [{ requireTLS: true }, true],
  ])('of %j demand STARTTLS: %s', (options, requireTls) => {
    expect(resolveSmtpOptions(options).requireTls).toBe(requireTls);
  });

  it.each(['localhost', 'mail.localhost', '127.0.0.1', '127.9.9.9', '::1'])(
    'may go in clear to %s',
    (host) => {
      expect(resolveSmtpOptions({ host, auth, allowPlaintextAuth: true }).plaintextAuth).toBe(true);
    },
  );

  it.each(['mail.test', '10.0.0.1', 'localhost.test', '128.0.0.1', '127.evil.test'])(
    'never go in clear to %s',
    (host) => {
      expect(problemOf({ host, auth, allowPlaintextAuth: true }).field).toBe('allowPlaintextAuth');
    },
  );

  it('are not given up by requireTLS: false', () => {
    expect(problemOf({ auth, requireTLS: false }).field).toBe('requireTLS');
  });
});

describe('what cannot be used', () => {
  it.each<[string, SmtpTransportOptions]>([
    ['url', { url: `http://u:${SECRET}@mail.test` }],
    ['url', { url: `smtp://u:${SECRET}@` }],
    ['url', { url: SECRET }],
    ['url', { url: `smtp://u:${SECRET}%zz@mail.test` }],
    ['url', { url: `smtp://u:${SECRET}@mail.test?pool=true` }],
    ['url', { url: 'smtp://mail.test:0' }],
    ['host', { url: 'smtp://mail.test', host: 'other.test' }],
    ['auth', { url: 'smtp://mail.test', auth: { user: 'u', pass: SECRET } }],
    ['host', { host: 'mail .test' }],
    ['host', { host: '' }],
    ['port', { port: 0 }],
    ['port', { port: 1.5 }],
    ['port', { port: 65_536 }],
    ['auth.user', { auth: { user: '', pass: SECRET } }],
    ['auth.pass', { auth: { user: 'u', pass: '' } }],
    ['auth.pass', { auth: { user: 'u', pass: `${SECRET}\0` } }],
    ['auth.pass', { auth: { user: 'u', pass: `${SECRET}\r\nMAIL FROM:<>` } }],
    ['auth.user', { url: `smtps://a%00b:${SECRET}@mail.test` }],
    ['auth.pass', { auth: { user: 'u' } as unknown as { user: string; pass: string } }],
    ['auth.user', { auth: { user: 'u\u0001', accessToken: SECRET } }],
    ['auth.accessToken', { auth: { user: 'u', accessToken: '' } }],
    ['auth.accessToken', { auth: { user: 'u', accessToken: `${SECRET}\u0001` } }],
    ['auth.accessToken', { auth: { user: 'u', pass: SECRET, accessToken: SECRET } }],
    ['name', { name: ' ' }],
    ['localAddress', { localAddress: 'eth0' }],
    ['ehloName', { ehloName: 'a.test\r\nMAIL FROM:<e@e.test>' }],
    ['ehloName', { ehloName: 'a test' }],
    ['ehloName', { ehloName: '' }],
    ['ehloName', { ehloName: 'a_b.test' }],
    ['ehloName', { ehloName: '[300.1.1.1]' }],
    ['ehloName', { ehloName: '[IPv6:127.0.0.1]' }],
    ['ehloName', { ehloName: '[::1]' }],
    ['ehloName', { ehloName: `${'a'.repeat(64)}.test` }],
    ['maxConnections', { maxConnections: 0 }],
    ['maxMessagesPerConnection', { maxMessagesPerConnection: Infinity }],
    ['maxConnectionAgeMs', { maxConnectionAgeMs: -1 }],
    ['idleTimeoutMs', { idleTimeoutMs: Number.NaN }],
    ['connectTimeoutMs', { connectTimeoutMs: 2 ** 31 }],
    ['greetingTimeoutMs', { greetingTimeoutMs: 0 }],
    ['replyTimeoutMs', { replyTimeoutMs: '10m' as unknown as number }],
  ])('is named: %s', (field, options) => {
    const error = problemOf(options);
    expect(error.field).toBe(field);
    expect(error.message).toContain(field);
    expect(`${error.message}${String(error.cause)}`).not.toContain(SECRET);
  });

  it('is named all at once', () => {
    const { message } = problemOf({ host: '', port: 0, ehloName: '', maxConnections: 0 });
    for (const option of ['host', 'port', 'ehloName', 'maxConnections']) expect(message).toContain(option);
  });
});

describe('the EHLO name', () => {
  it.each(['mail.example.com', 'localhost', '[192.0.2.1]', '[IPv6:2001:db8::1]', 'xn--bcher-kva.example'])(
    'may be %s',
    (ehloName) => {
      expect(resolveSmtpOptions({ ehloName }).ehloName).toBe(ehloName);
    },
  );
});
