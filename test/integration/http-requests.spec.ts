import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { ApiTransportOptions } from '../../src/transports/http/api-options.js';
import type { TransportRequest } from '../../src/transports/mail-transport.js';
import { verifyDkim } from '../support/dkim-verifier.js';
import { HttpMailApi, type ApiRequest } from '../support/http-mail-api.js';
import {
  formOf,
  PROVIDER_NAMES,
  providerFake,
  SECRET,
  type ProviderFake,
} from '../support/provider-fakes.js';
import { sinkRequest, TRANSPORT_SETUP } from '../support/smtp-sink-request.js';

const ID = '01abcdefghjkmnpqrstvwxyz01';
const RAW = PROVIDER_NAMES.filter((name) => providerFake(name).takes === 'raw');
const PARSED = PROVIDER_NAMES.filter((name) => providerFake(name).takes === 'parsed');

const RICH = Buffer.from(
  [
    'From: "Shop, Ltd." <shop@a.test>',
    'To: Ada <ada@b.test>',
    'Cc: cy@b.test',
    'Reply-To: help@a.test',
    'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
    'Message-ID: <1@a.test>',
    'List-Unsubscribe: <https://a.test/u>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=m',
    '',
    '--m',
    'Content-Type: multipart/alternative; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Good morning.',
    '--b',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>Good morning.</p>',
    '--b--',
    '--m',
    'Content-Type: application/pdf',
    'Content-Disposition: attachment; filename=a.pdf',
    'Content-Transfer-Encoding: base64',
    '',
    'cGRm',
    '--m--',
    '',
  ].join('\r\n'),
);

const open: HttpMailApi[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((api) => api.close()));
});

async function send(
  fake: ProviderFake,
  changes: Parameters<typeof sinkRequest>[0] = {},
  options: ApiTransportOptions = {},
) {
  const api = await HttpMailApi.start((request) => fake.answer(request, []));
  open.push(api);
  const transport = fake.open({ baseUrl: api.url, ...options }).open(TRANSPORT_SETUP);
  const { outcomes } = await transport.send(sinkRequest({ mailId: ID, ...changes }));
  return { outcomes, requests: api.requests };
}

async function asked(
  fake: ProviderFake,
  changes: Parameters<typeof sinkRequest>[0] = {},
): Promise<ApiRequest> {
  const { outcomes, requests } = await send(fake, changes);
  expect(outcomes[0]).toMatchObject({ state: 'sent' });
  const [request] = requests;
  if (request === undefined) throw new Error('nothing was asked');
  return request;
}

const json = ({ body }: ApiRequest) => JSON.parse(body.toString()) as Readonly<Record<string, unknown>>;
const LABELS = { tags: ['welcome'], metadata: { user: '42' } };

describe('tags, metadata and the id of a mail', () => {
  const metadata = { relay_mail_id: ID, user: '42' };

  it('are fields of a form for Mailgun', async () => {
    const fields = formOf(await asked(providerFake('mailgun'), LABELS)).map(
      ([name, value]) => [name, value.toString()] as const,
    );
    expect(fields).toEqual(
      expect.arrayContaining([
        ['o:tag', 'welcome'],
        ['v:relay_mail_id', ID],
        ['v:user', '42'],
      ]),
    );
  });

  it('stand in the header of the raw message for Mandrill', async () => {
    const { raw_message: raw } = json(await asked(providerFake('mandrill'), LABELS));
    expect(String(raw).replace(/\r\n(?= )/g, '')).toMatch(
      /^X-MC-Tags: welcome\r\nX-MC-Metadata: \{ "relay_mail_id": "[^"]+", "user": "42" \}\r\nFrom:/,
    );
  });

  it('are metadata of the transmission and tags of the recipient for SparkPost', async () => {
    const body = json(await asked(providerFake('sparkpost'), LABELS));
    expect(body).toMatchObject({
      metadata,
      recipients: [{ address: { email: 'ada@b.test' }, tags: ['welcome'] }],
      options: { perform_substitutions: false, open_tracking: false, click_tracking: false },
    });
  });

  it('are Tag and Metadata for Postmark', async () => {
    const body = json(await asked(providerFake('postmark'), LABELS));
    expect(body).toMatchObject({ Tag: 'welcome', Metadata: metadata });
  });

  it('are categories and custom arguments for SendGrid', async () => {
    const body = json(await asked(providerFake('sendgrid'), LABELS));
    expect(body).toMatchObject({ categories: ['welcome'], custom_args: metadata });
  });

  it.each([['ses', 'EmailTags', 'Name', 'Value'] as const, ['resend', 'tags', 'name', 'value'] as const])(
    'are named values for %s',
    async (name, list, key, value) => {
      const body = json(await asked(providerFake(name), LABELS));
      expect(body[list]).toEqual([
        { [key]: 'tag_1', [value]: 'welcome' },
        { [key]: 'relay_mail_id', [value]: ID },
        { [key]: 'user', [value]: '42' },
      ]);
    },
  );

  it('are tags and a header field for Brevo', async () => {
    const body = json(await asked(providerFake('brevo'), LABELS));
    expect(body).toMatchObject({
      tags: ['welcome'],
      headers: {
        'X-Mailin-custom': `{ "relay_mail_id": "${ID}", "user": "42" }`,
        idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
  });

  it('name the configuration set to SES, and who hears of bounces', async () => {
    expect(json(await asked(providerFake('ses')))).toMatchObject({
      ConfigurationSetName: 'shop',
      FeedbackForwardingEmailAddress: 'shop@a.test',
    });
  });

  it.each(PROVIDER_NAMES)('make a mail fail that %s could not tell back whole', async (name) => {
    const { outcomes, requests } = await send(providerFake(name), {
      tags: Array.from({ length: 20 }, (_, i) => `a.${i}`),
      metadata: { note: 'x'.repeat(4000), ['k'.repeat(200)]: '' },
    });
    expect(outcomes).toMatchObject([{ state: 'bounced', failure: { class: 'message', stage: 'mail' } }]);
    expect(requests).toEqual([]);
  });

  it('stay here where the application says so', async () => {
    const { requests } = await send(providerFake('postmark'), LABELS, { labels: [] });
    expect(json(requests[0] as ApiRequest)).toMatchObject({ Metadata: {} });
    expect(json(requests[0] as ApiRequest)).not.toHaveProperty('Tag');
  });
});

describe.each(RAW)('a message for %s', (name) => {
  const fake = providerFake(name);

  it('is signed by us where the stream has a key', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const dkim = { domainName: 'a.test', keySelector: 's1', privateKey: pem };
    const raw = fake.message(await asked(fake, { dkim, ...LABELS }));
    expect(verifyDkim(raw, publicKey)).toMatchObject({ ok: true, domain: 'a.test' });
  });

  it('is not sent unsigned when the key fails', async () => {
    const dkim = { domainName: 'a.test', keySelector: 's1', privateKey: 'none' };
    const { outcomes, requests } = await send(fake, { dkim });
    expect(outcomes).toMatchObject([{ state: 'deferred', failure: { scope: 'none' } }]);
    expect(requests).toEqual([]);
  });
});

describe.each(PARSED)('a message for %s', (name) => {
  const fake = providerFake(name);

  it('is what it says, in the words of the API', async () => {
    const request = await asked(fake, { message: () => RICH, to: ['ada@b.test', 'cy@b.test', 'bcc@b.test'] });
    const said = JSON.stringify(json(request));
    for (const part of [
      'Grüße',
      'Good morning.',
      '<p>Good morning.</p>',
      'cGRm',
      'a.pdf',
      'https://a.test/u',
    ])
      expect(said).toContain(part);
    for (const address of ['shop@a.test', 'help@a.test', 'ada@b.test', 'cy@b.test', 'bcc@b.test'])
      expect(said).toContain(address);
    expect(fake.recipients(request)).toEqual(['ada@b.test', 'cy@b.test', 'bcc@b.test']);
    expect(said).not.toMatch(/multipart|MIME-Version/i);
  });

  it('fails when a header field stands there twice and only one could go', async () => {
    const twice = Buffer.from('From: a@a.test\r\nTo: ada@b.test\r\nX-A: 1\r\nX-A: 2\r\n\r\nx\r\n');
    const { outcomes, requests } = await send(fake, { message: () => twice });
    if (name === 'postmark') return expect(requests).toHaveLength(1);
    expect(outcomes).toMatchObject([{ state: 'bounced', failure: { class: 'message', code: 'EHEADER' } }]);
    expect(requests).toEqual([]);
  });
});

describe('what an API cannot carry', () => {
  const calendar = Buffer.from(
    'From: a@a.test\r\nTo: ada@b.test\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n',
  );

  it.each(['postmark', 'resend', 'brevo'] as const)('is an invitation for %s', async (name) => {
    const { outcomes } = await send(providerFake(name), { message: () => calendar });
    expect(outcomes).toMatchObject([{ state: 'bounced', failure: { class: 'message', code: 'EPART' } }]);
  });

  it('is no invitation for SendGrid', async () => {
    const body = json(await asked(providerFake('sendgrid'), { message: () => calendar }));
    expect(body['content']).toMatchObject([{ type: 'text/calendar; method=REQUEST' }]);
  });

  it('is plain text alone for Brevo, unless it may be shown as html', async () => {
    const { brevo } = await import('../../src/transports/brevo/brevo.js');
    const strict: ProviderFake = { ...providerFake('brevo'), open: (o) => brevo({ apiKey: SECRET, ...o }) };
    expect((await send(strict)).outcomes).toMatchObject([{ failure: { class: 'message', code: 'EPART' } }]);
    const tags = Buffer.from('From: a@a.test\r\nTo: ada@b.test\r\n\r\na <b> & "c"\r\n');
    const body = json(await asked(providerFake('brevo'), { message: () => tags }));
    expect(body['htmlContent']).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
  });

  const cases: readonly (readonly [string, Parameters<typeof sinkRequest>[0], string])[] = [
    ['an address in another script', { to: ['größe@b.test'] }, 'ESMTPUTF8'],
    ['a header in UTF-8', { smtpUtf8: true } satisfies Partial<TransportRequest>, 'ESMTPUTF8'],
    ['a message larger than all', { sizeBytes: 60_000_000 }, 'ESIZE'],
  ];
  it.each(PROVIDER_NAMES.flatMap((name) => cases.map((one) => [name, ...one] as const)))(
    'is for %s %s',
    async (name, _, changes, code) => {
      const { outcomes, requests } = await send(providerFake(name), changes);
      expect(outcomes).toMatchObject([{ state: 'bounced', failure: { class: 'message', code } }]);
      expect(requests).toEqual([]);
    },
  );

  it.each(PROVIDER_NAMES)('is the null sender, but for SES (%s)', async (name) => {
    const { outcomes } = await send(providerFake(name), { envelope: { from: '', to: ['ada@b.test'] } });
    if (name === 'ses') return expect(outcomes).toMatchObject([{ state: 'sent' }]);
    expect(outcomes).toMatchObject([{ failure: { class: 'message', code: 'ENULLSENDER' } }]);
  });

  it.each(['mandrill', 'sparkpost'] as const)('is octets that no JSON holds, for %s', async (name) => {
    const message = Buffer.from([...Buffer.from('From: a@a.test\r\n\r\n'), 0xff, 0xfe, 0x0d, 0x0a]);
    const { outcomes } = await send(providerFake(name), { message: () => message });
    expect(outcomes).toMatchObject([{ failure: { class: 'message', code: 'E8BITMIME' } }]);
  });
});

describe('the key of an API', () => {
  it.each(PROVIDER_NAMES)('stands in no address (%s)', async (name) => {
    const { path } = await asked(providerFake(name));
    expect(path).not.toContain(SECRET);
  });
});
