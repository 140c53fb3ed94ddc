import { describe, expect, it } from 'vitest';
import { sinkRequest } from '../../../test/support/smtp-sink-request.js';
import { SystemClock } from '../../clock/system-clock.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import type { TransportRequest } from '../mail-transport.js';
import { MemoryTransport } from '../memory/memory.transport.js';
import { smtp } from '../smtp/smtp.js';
import type { SmtpTransportOptions } from '../smtp/smtp-options.js';
import { bounceHint } from './bounce-hints.js';
import { LABEL_PROVIDERS, type LabelProvider } from './label-provider.js';
import { LabelledTransport } from './labelled.transport.js';
import { resolveProviderOption, type SmtpProviderOptions } from './provider-option.js';

const ID = '01abcdefghjkmnpqrstvwxyz01';

function open(provider: LabelProvider | SmtpProviderOptions) {
  const settings = resolveProviderOption(provider, (option, says) => expect.unreachable(`${option} ${says}`));
  if (settings === undefined) throw new Error('no settings');
  const inner = new MemoryTransport(10, new SystemClock());
  return { inner, transport: new LabelledTransport(inner, settings) };
}

async function headerOf(
  provider: LabelProvider | SmtpProviderOptions,
  changes: Partial<TransportRequest> = {},
): Promise<string> {
  const { inner, transport } = open(provider);
  const labelled = { mailId: ID, tags: ['welcome'], metadata: { user: '42' }, ...changes };
  const { outcomes } = await transport.send(sinkRequest(labelled));
  expect(outcomes).toMatchObject([{ state: 'sent' }]);
  const text = inner.messages[0]?.raw.toString() ?? '';
  return text.slice(0, text.indexOf('From:')).replace(/\r\n(?= )/g, '');
}

describe('a transport that tells the provider', () => {
  const two = { tags: ['welcome', 'de'] };

  it.each([
    [
      { name: 'ses', configurationSet: 'main' } as const,
      two,
      `X-SES-CONFIGURATION-SET: main\r\nX-SES-MESSAGE-TAGS: tag_1=welcome, tag_2=de, relay_mail_id=${ID}, user=42\r\n`,
    ],
    [
      'mailchimp' as const,
      two,
      `X-MC-Tags: welcome, de\r\nX-MC-Metadata: { "relay_mail_id": "${ID}", "user": "42" }\r\n`,
    ],
    [
      'mailgun' as const,
      two,
      `X-Mailgun-Tag: welcome\r\nX-Mailgun-Tag: de\r\nX-Mailgun-Variables: { "relay_mail_id": "${ID}", "user": "42" }\r\n`,
    ],
    [
      'sparkpost' as const,
      two,
      `X-MSYS-API: { "metadata": { "relay_mail_id": "${ID}", "user": "42" }, "tags": [ "welcome", "de" ] }\r\n`,
    ],
    [
      { name: 'postmark', messageStream: 'broadcast' } as const,
      {},
      `X-PM-Message-Stream: broadcast\r\nX-PM-Tag: welcome\r\nX-PM-Metadata-relay_mail_id: ${ID}\r\nX-PM-Metadata-user: 42\r\n`,
    ],
    [
      'sendgrid' as const,
      two,
      `X-SMTPAPI: { "category": [ "welcome", "de" ], "unique_args": { "relay_mail_id": "${ID}", "user": "42" } }\r\n`,
    ],
    [
      'brevo' as const,
      {},
      `X-Mailin-Tag: welcome\r\nX-Mailin-custom: { "relay_mail_id": "${ID}", "user": "42" }\r\n`,
    ],
  ])('by the header fields of %j', async (provider, changes, expected) => {
    expect(await headerOf(provider, changes)).toBe(expected);
  });

  it('by the idempotency key alone where the provider has no more over SMTP', async () => {
    const header = await headerOf('resend', { tags: [], metadata: {} });
    expect(header).toMatch(new RegExp(`^Resend-Idempotency-Key: ${ID}-[\\w-]{22}\r\n$`));
  });

  it.each(LABEL_PROVIDERS)('adds nothing about a mail that %s shall hear nothing of', async (name) => {
    const header = await headerOf({ name, labels: [] });
    expect(header.replace(/^Resend-Idempotency-Key: .*\r\n/, '')).toBe('');
  });

  it('leaves the message as it is behind its fields, and the request alone', async () => {
    const { inner, transport } = open('mailgun');
    const request = Object.freeze(sinkRequest({ mailId: ID }));
    await transport.send(request);
    const raw = inner.messages[0]?.raw ?? Buffer.alloc(0);
    expect(raw.subarray(raw.indexOf('From:'))).toEqual(await request.message());
  });

  it.each([
    ['tags', { tags: ['a.b'] }, 'ETAGS'],
    ['metadata', { metadata: { user: 'Ada Lovelace' } }, 'EMETADATA'],
    ['the name of its own entry', { metadata: { relay_mail_id: 'x' } }, 'EMETADATA'],
  ])('lets a mail fail whose %s it cannot tell, before anything leaves', async (_, changes, code) => {
    const { inner, transport } = open('ses');
    const { outcomes } = await transport.send(sinkRequest(changes));
    expect(outcomes).toMatchObject([
      { state: 'bounced', failure: { class: 'message', permanent: true, code } },
    ]);
    expect(inner.messages).toEqual([]);
  });

  it('lets a mail fail whose entry would make too long a line', async () => {
    const { transport } = open('mailgun');
    const { outcomes } = await transport.send(sinkRequest({ metadata: { a: 'x'.repeat(3000) } }));
    expect(outcomes).toMatchObject([{ state: 'bounced', failure: { code: 'EMETADATA' } }]);
  });
});

describe('the option provider', () => {
  const problemsOf = (provider: unknown) => {
    try {
      smtp({ host: 'mail.example.com', provider } as SmtpTransportOptions);
      return '';
    } catch (error) {
      return error instanceof MailRelayError ? error.message : 'another error';
    }
  };

  it.each([
    ['gmail', /provider is none of ses, mailchimp/],
    [{ name: 'ses', messageStream: 'x' }, /messageStream is known to postmark alone/],
    [{ name: 'ses', configurationSet: 'a\r\nBcc: x@y.test' }, /configurationSet is not a name/],
    [{ name: 'ses', colour: 'x' }, /has fields other than/],
    [{ name: 'mailgun', labels: ['subject'] }, /labels is not a list of tags, metadata, mailId/],
  ])('refuses %j at boot', (provider, expected) => {
    expect(problemsOf(provider)).toMatch(expected);
  });

  it.each(['mailgun', { name: 'postmark', messageStream: 'outbound', labels: ['mailId'] }])(
    'takes %j',
    (provider) => expect(problemsOf(provider)).toBe(''),
  );
});

describe('the hint about later bounces', () => {
  const noticesOf = (options: SmtpTransportOptions) => {
    const lines: string[] = [];
    const notice = (line: string) => void lines.push(line);
    smtp(options).open({ relay: 'default', clock: new SystemClock(), notice, warn: notice });
    return lines;
  };

  it('is one line at boot for a relay of a provider that is known', () => {
    const lines = noticesOf({ name: 'primary', url: 'smtps://user:secret@smtp.eu.mailgun.org' });
    expect(lines).toEqual([bounceHint('primary', 'mailgun')]);
    expect(lines[0]).toContain('webhooks');
    expect(lines[0]).not.toContain('secret');
  });

  it('follows the option where the host is somebody else', () => {
    expect(noticesOf({ host: 'mail.example.com', provider: 'ses' })[0]).toContain('SNS');
  });

  it('is silent for any other host', () => {
    expect(noticesOf({ host: 'mail.example.com' })).toEqual([]);
  });
});
