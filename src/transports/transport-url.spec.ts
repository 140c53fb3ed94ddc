import { describe, expect, it } from 'vitest';
import { MailRelayError } from '../core/mail-relay-error.js';
import { transportFromUrl } from './transport-url.js';

describe('transportFromUrl', () => {
  it.each([
    ['smtp://mail.example.com', 'smtp', true],
    ['SMTPS://user:pa%20ss@mail.example.com:465', 'smtp', true],
    ['smtp://[::1]:2525', 'smtp', true],
    ['sendmail:', 'sendmail', true],
    ['sendmail:/usr/sbin/sendmail', 'sendmail', true],
    ['capture:.mail', 'capture', false],
    ['capture:/tmp/some where', 'capture', false],
    ['log:', 'log', false],
    ['memory:', 'memory', false],
  ])('knows %s', (url, kind, live) => {
    expect(transportFromUrl(url)).toMatchObject({ name: 'default', kind, live });
  });

  it.each([
    '',
    'localhost:25',
    'http://u:secret@mail.example.com',
    'secret',
    'direct:',
    'smtp:secret',
    'capture:',
    'sendmail:bin/secret',
  ])('refuses %j without repeating it', (url) => {
    const error = thrownBy(url);
    expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_OPTIONS')).toBe(true);
    expect(JSON.stringify([error.message, error.cause, error.stack])).not.toContain('secret');
  });

  it('lists the schemes it knows', () => {
    const { message } = thrownBy('https://api.example.com');
    for (const scheme of ['smtp://', 'smtps://', 'sendmail:', 'capture:', 'log:', 'memory:'])
      expect(message).toContain(scheme);
  });
});

function thrownBy(url: string): Error {
  try {
    transportFromUrl(url);
  } catch (error) {
    return error as Error;
  }
  return expect.unreachable();
}
