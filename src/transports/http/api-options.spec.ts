import { describe, expect, it } from 'vitest';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { brevo } from '../brevo/brevo.js';
import { mailgun } from '../mailgun/mailgun.js';
import { mandrill } from '../mandrill/mandrill.js';
import { postmark } from '../postmark/postmark.js';
import { resend } from '../resend/resend.js';
import { sendgrid } from '../sendgrid/sendgrid.js';
import { ses } from '../ses/ses.js';
import { sparkpost } from '../sparkpost/sparkpost.js';

const KEY = 'key-0123';

function messageOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (MailRelayError.is(error, 'ERR_MAIL_RELAY_OPTIONS')) return error.message;
    throw error;
  }
  return '';
}

describe('the options of a transport over an API', () => {
  it.each([
    ['mailgun', () => mailgun({ apiKey: KEY, domain: 'mg.example.com', region: 'eu' })],
    ['mandrill', () => mandrill({ apiKey: KEY })],
    ['sparkpost', () => sparkpost({ apiKey: KEY, region: 'eu' })],
    ['postmark', () => postmark({ serverToken: KEY, messageStream: 'outbound' })],
    ['sendgrid', () => sendgrid({ apiKey: KEY, region: 'eu' })],
    ['resend', () => resend({ apiKey: KEY })],
    ['brevo', () => brevo({ apiKey: KEY, name: 'bulk', labels: ['tags'], timeoutMs: 5_000 })],
    ['ses', () => ses({ region: 'us-gov-west-1' })],
  ])('of %s are taken', (kind, make) => expect(make()).toMatchObject({ kind, live: true }));

  it('tell everything that is wrong at once, and no value', () => {
    const message = messageOf(() =>
      mailgun({
        name: ' ',
        apiKey: 'secret\r\nX-Other: 1',
        domain: 'mg.example.com/../x',
        region: 'mars' as 'eu',
        baseUrl: 'http://mail.example.com',
        timeoutMs: 0,
        labels: ['subject' as 'tags'],
      }),
    );
    for (const option of ['name', 'apiKey', 'domain', 'region', 'baseUrl', 'timeoutMs', 'labels'])
      expect(message).toContain(`${option} `);
    expect(message).not.toContain('secret');
    expect(message).not.toContain('mars');
  });

  it.each(['', ' ', 'a b', 'a\n', 'ключ', undefined])('want a key that can be one, not %j', (apiKey) => {
    expect(messageOf(() => resend({ apiKey: apiKey as string }))).toContain('apiKey');
  });

  it.each([
    'http://mail.example.com',
    'http://127.0.0.1.example.com',
    'https://user:pass@mail.example.com',
    'https://mail.example.com/?key=x',
    'https://mail.example.com/#x',
    'ftp://mail.example.com',
    'mail.example.com',
    '',
  ])('let the key go to nobody it is not for (%j)', (baseUrl) => {
    expect(messageOf(() => resend({ apiKey: KEY, baseUrl }))).toContain('baseUrl is not an https URL');
  });

  it.each([
    'https://proxy.example.com/resend/',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
    'http://localhost',
  ])('take another address of the API: %s', (baseUrl) =>
    expect(messageOf(() => resend({ apiKey: KEY, baseUrl }))).toBe(''),
  );

  it('have no option that is misspelt', () => {
    expect(messageOf(() => resend({ apiKey: KEY, timeOutMs: 1 } as never))).toContain('timeOutMs');
  });

  it.each([
    () => ses({ region: 'Frankfurt' }),
    () => ses({ region: 'eu-central-1', credentials: { accessKeyId: '', secretAccessKey: 'x' } }),
    () => ses({ region: 'eu-central-1', configurationSet: 'a b' }),
    () => postmark({ serverToken: KEY, messageStream: 'a b' }),
    () => sparkpost({ apiKey: KEY, region: 'mars' as 'eu' }),
    () => sendgrid({ apiKey: KEY, region: 'mars' as 'eu' }),
  ])('of a provider are checked too (%#)', (make) => expect(messageOf(make)).not.toBe(''));
});
