import { afterEach, describe, expect, it } from 'vitest';
import type { DeliveryOutcome } from '../../src/core/failure/delivery-outcome.js';
import type { ApiTransportOptions } from '../../src/transports/http/api-options.js';
import type { TransportRequest } from '../../src/transports/mail-transport.js';
import { HttpMailApi, type ApiFate } from '../support/http-mail-api.js';
import { PROVIDER_NAMES, providerFake, SECRET, type ProviderFake } from '../support/provider-fakes.js';
import { sinkRequest, TRANSPORT_SETUP } from '../support/smtp-sink-request.js';

const HTML = '<html><body><h1>Bad Gateway</h1></body></html>';
const FAKES = PROVIDER_NAMES.map((name) => [name, providerFake(name)] as const);
const IDEMPOTENT: ReadonlySet<string> = new Set(['resend', 'brevo']);

const open: HttpMailApi[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((api) => api.close()));
});

async function start(fate: HttpMailApi['fate']): Promise<HttpMailApi> {
  const api = await HttpMailApi.start(fate);
  open.push(api);
  return api;
}

/** Sends one mail to an API that answers so, and tells what became of it and how often it was asked. */
async function send(
  fake: ProviderFake,
  fate: ApiFate | HttpMailApi['fate'],
  changes: Parameters<typeof sinkRequest>[0] = {},
  options: ApiTransportOptions = {},
): Promise<{ outcomes: readonly DeliveryOutcome[]; outcome: DeliveryOutcome; api: HttpMailApi }> {
  const api = await start(typeof fate === 'function' ? fate : () => fate);
  const transport = fake.open({ baseUrl: api.url, ...options }).open(TRANSPORT_SETUP);
  const { outcomes } = await transport.send(sinkRequest(changes));
  await transport.close();
  const [outcome] = outcomes;
  if (outcome === undefined) throw new Error('no outcome');
  expect(JSON.stringify(outcomes)).not.toContain(SECRET);
  return { outcomes, outcome, api };
}

const ofTransport = { state: 'deferred', failure: { scope: 'transport', permanent: false, suppress: 'no' } };

describe.each(FAKES)('the answers of %s', (name, fake) => {
  const isIdempotent = IDEMPOTENT.has(name);

  it('name the message for later webhooks', async () => {
    const { outcome, api } = await send(fake, (request) => fake.answer(request, []));
    expect(outcome).toEqual({ address: 'ada@b.test', state: 'sent', providerMessageId: fake.id });
    expect(api.requests.map(({ path }) => path)).toEqual([fake.sendPath]);
  });

  it('that ask for patience pause the transport', async () => {
    const { outcome } = await send(fake, fake.tooMany);
    expect(outcome).toMatchObject({
      ...ofTransport,
      failure: { class: 'rate.account', retry: 'window', failover: 'now' },
    });
    const named = Object.keys(fake.tooMany.headers ?? {}).some((header) =>
      /retry-after|ratelimit/.test(header),
    );
    if (named && outcome.state === 'deferred') expect(outcome.failure.retryAfterMs).toBe(30_000);
  });

  it('that refuse the key are about our account, at once another transport may be asked', async () => {
    const { outcome } = await send(fake, fake.unauthorized);
    expect(outcome).toMatchObject({
      ...ofTransport,
      failure: { class: 'our_account', stage: 'auth', failover: 'now' },
    });
  });

  it('that refuse the sender never blame the recipient', async () => {
    const { outcome } = await send(fake, fake.unverified);
    expect(outcome).toMatchObject({ state: 'deferred', failure: { class: 'our_account', suppress: 'no' } });
    if (name !== 'mandrill' && name !== 'mailgun') {
      expect(outcome).toMatchObject({ failure: { scope: 'identity', throttle: 'transport+from' } });
    }
  });

  it('that find the message wrong end it, and nothing else', async () => {
    const { outcome } = await send(fake, fake.malformed);
    expect(outcome).toMatchObject({
      state: 'bounced',
      failure: { class: 'message', scope: 'message', permanent: true, suppress: 'no' },
    });
  });

  it.each([500, 502, 503])('that are of a gateway (%i) are never final', async (status) => {
    const { outcome } = await send(fake, { status, body: HTML });
    expect(outcome).toMatchObject({ ...ofTransport, failure: { class: 'network', code: `HTTP_${status}` } });
  });

  it('that a gateway could not wait for leave the mail in doubt', async () => {
    const { outcome, api } = await send(fake, { status: 504, body: HTML });
    expect(outcome).toMatchObject({ state: 'uncertain', failure: { class: 'uncertain', failover: 'no' } });
    expect(api.requests).toHaveLength(isIdempotent ? 2 : 1);
  });

  it('that are lost leave the mail in doubt, unless it can be asked for again', async () => {
    const { outcome } = await send(fake, (request, i) => (i === 0 ? 'lose' : fake.answer(request, [])));
    expect(outcome.state).toBe(isIdempotent ? 'sent' : 'uncertain');
  });

  it('that are cut are no success', async () => {
    const { outcome } = await send(fake, (request) => ({ ...fake.answer(request, []), cut: true }));
    // Its status alone says all there is to say.
    expect(outcome.state).toBe(name === 'sendgrid' ? 'sent' : 'uncertain');
  });

  it('that have an end but no sense are no success', async () => {
    const { outcome } = await send(fake, { status: 200, body: HTML });
    expect(outcome.state).toBe(name === 'sendgrid' ? 'sent' : 'uncertain');
  });

  it('that never end are cut', async () => {
    const { outcome } = await send(fake, { status: 400, body: 'x'.repeat(3_000_000) });
    expect(outcome).toMatchObject({ state: 'deferred', failure: { permanent: false } });
  });

  it('that lead elsewhere are not followed, and the key stays', async () => {
    const elsewhere = await start(() => ({ status: 200, body: {} }));
    const { outcome } = await send(fake, {
      status: 307,
      headers: { location: `${elsewhere.url}/` },
      body: '',
    });
    expect(outcome).toMatchObject({ state: 'deferred', failure: { code: 'HTTP_307' } });
    expect(elsewhere.requests).toEqual([]);
  });

  it('that repeat the key are told without it', async () => {
    const { outcome } = await send(fake, {
      status: 400,
      headers: { 'x-amzn-errortype': 'BadRequestException' },
      body: {
        message: `parameter ${SECRET}`,
        name: 'ValidationError',
        code: 'invalid_parameter',
        ErrorCode: 300,
        Message: SECRET,
        errors: [{ message: SECRET, code: '1300', field: 'x' }],
      },
    });
    expect(outcome.state).not.toBe('sent');
  });

  it('that do not come in time leave the mail in doubt', async () => {
    const { outcome } = await send(fake, 'hang', {}, { timeoutMs: 150 });
    expect(outcome).toMatchObject({ state: 'uncertain', failure: { stage: 'eod' } });
  });

  it('tell whether it would take mail', async () => {
    const verify = async (fate: ApiFate) => {
      const api = await start(() => fate);
      return fake.open({ baseUrl: api.url }).open(TRANSPORT_SETUP).verify(new AbortController().signal);
    };
    expect(await verify(fake.checked)).toEqual({ ok: true });
    expect(await verify(fake.unauthorized)).toMatchObject({ ok: false, failure: { class: 'our_account' } });
    expect(await verify({ status: 503, body: HTML })).toMatchObject({
      ok: false,
      failure: { class: 'network' },
    });
    expect(await verify('lose')).toMatchObject({ ok: false, failure: { ambiguous: false } });
  });
});

describe('a long request', () => {
  const fake = providerFake('mailgun');
  const long = Buffer.concat([
    Buffer.from('From: shop@a.test\r\n\r\n'),
    Buffer.alloc(12_000_000, 'a line\r\n'),
  ]);
  const request: Partial<TransportRequest> = { message: () => long, sizeBytes: long.length };

  it('that is lost in the middle was surely not taken', async () => {
    const api = await start(() => 'hang');
    api.early = () => 'lose-early';
    const transport = fake.open({ baseUrl: api.url }).open(TRANSPORT_SETUP);
    const { outcomes } = await transport.send(sinkRequest(request));
    expect(outcomes).toMatchObject([{ state: 'deferred', failure: { class: 'network', stage: 'body' } }]);
  });

  it('that nobody reads ends in time, and was surely not taken', async () => {
    const api = await start(() => 'hang');
    api.early = () => 'stall';
    const transport = fake.open({ baseUrl: api.url, timeoutMs: 300 }).open(TRANSPORT_SETUP);
    const { outcomes } = await transport.send(sinkRequest(request));
    expect(outcomes).toMatchObject([{ state: 'deferred', failure: { class: 'network', stage: 'body' } }]);
  });

  it('that is refused before its end is refused', async () => {
    const api = await start(() => 'hang');
    api.early = () => ({ status: 413, headers: { connection: 'close' }, body: HTML });
    const transport = fake.open({ baseUrl: api.url }).open(TRANSPORT_SETUP);
    const { outcomes } = await transport.send(sinkRequest(request));
    expect(outcomes).toMatchObject([{ state: 'bounced', failure: { class: 'message', permanent: true } }]);
  });
});

describe('many recipients', () => {
  const people = (count: number) => Array.from({ length: count }, (_, i) => `p${i}@b.test`);

  it('go in as many requests as the API takes at a time, with one mark', async () => {
    const fake = providerFake('ses');
    let marks = 0;
    const { outcomes, api } = await send(fake, (request) => fake.answer(request, []), {
      to: people(120),
      handOver: () => void marks++,
    });
    expect(outcomes.filter(({ state }) => state === 'sent')).toHaveLength(120);
    expect(api.requests.map((request) => fake.recipients(request).length)).toEqual([50, 50, 20]);
    expect(marks).toBe(1);
  });

  it('are not asked for after the account was refused', async () => {
    const fake = providerFake('ses');
    const { outcomes, api } = await send(fake, fake.unauthorized, { to: people(120) });
    expect(api.requests).toHaveLength(1);
    expect(outcomes.every((one) => one.state === 'deferred' && one.failure.class === 'our_account')).toBe(
      true,
    );
  });

  it('keep what became of those before a request in doubt, and are sure behind it', async () => {
    const fake = providerFake('ses');
    const { outcomes } = await send(fake, (request, i) => (i === 1 ? 'lose' : fake.answer(request, [])), {
      to: people(120),
    });
    const states = outcomes.map(({ state }) => state);
    expect(states.slice(0, 50).every((state) => state === 'sent')).toBe(true);
    expect(states.slice(50, 100).every((state) => state === 'uncertain')).toBe(true);
    expect(states.slice(100).every((state) => state === 'deferred')).toBe(true);
    expect(outcomes.at(-1)).toMatchObject({ failure: { code: 'ENOTASKED' } });
  });

  it('do not suffer for the one that is refused', async () => {
    const fake = providerFake('mailgun');
    const { outcomes, api } = await send(
      fake,
      (request) =>
        fake.answer(
          request,
          fake.recipients(request).filter((address) => address === 'p5@b.test'),
        ),
      { to: people(8) },
    );
    expect(outcomes.filter(({ state }) => state === 'sent')).toHaveLength(7);
    expect(outcomes.find(({ state }) => state !== 'sent')).toMatchObject({
      address: 'p5@b.test',
      state: 'bounced',
      failure: { class: 'hard.recipient', scope: 'recipient' },
    });
    expect(api.requests).toHaveLength(7);
  });

  it('are more than an API that composes can name at a time', async () => {
    const { outcome, api } = await send(providerFake('postmark'), 'hang', { to: people(51) });
    expect(outcome).toMatchObject({ state: 'bounced', failure: { class: 'message', code: 'ERECIPIENTS' } });
    expect(api.requests).toEqual([]);
  });

  it.each(PROVIDER_NAMES.filter((name) => providerFake(name).takes === 'parsed'))(
    'get a request each at %s when none of them may be seen by the others',
    async (name) => {
      const fake = providerFake(name);
      const html = 'Content-Type: text/html\r\n\r\n<p>x</p>\r\n';
      const { outcomes, api } = await send(fake, (request) => fake.answer(request, []), {
        to: people(3),
        message: () => Buffer.from(`From: shop@a.test\r\nTo: ada@b.test\r\nSubject: x\r\n${html}`),
      });
      expect(outcomes.map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
      expect(api.requests.map((request) => fake.recipients(request))).toEqual(people(3).map((one) => [one]));
    },
  );

  it('are not all taken where the answer says so in a sentence', async () => {
    const fake = providerFake('postmark');
    const message = Buffer.from('From: shop@a.test\r\nTo: p0@b.test, P1@b.test\r\nSubject: x\r\n\r\nx\r\n');
    const { outcomes } = await send(fake, (request) => fake.answer(request, ['P1@b.test']), {
      to: ['p0@b.test', 'P1@b.test'],
      message: () => message,
    });
    expect(outcomes).toMatchObject([
      { address: 'p0@b.test', state: 'sent' },
      { address: 'P1@b.test', state: 'bounced', failure: { class: 'recipient_policy', suppress: 'count' } },
    ]);
  });

  it('stay in doubt when an answer leaves one of them out', async () => {
    const fake = providerFake('mandrill');
    const body = [{ email: 'p0@b.test', status: 'sent', _id: '1' }];
    const { outcomes } = await send(fake, { status: 200, body }, { to: people(2) });
    expect(outcomes.map(({ state }) => state)).toEqual(['uncertain', 'uncertain']);
  });
});

describe('an API that takes a mail once', () => {
  it.each([
    [
      'resend',
      { status: 409, body: { statusCode: 409, name: 'concurrent_idempotent_requests', message: 'x' } },
    ],
    ['resend', { status: 409, body: { statusCode: 409, name: 'invalid_idempotent_request', message: 'x' } }],
    ['brevo', { status: 400, body: { code: 'duplicate_parameter', message: 'x' } }],
  ] as const)('leaves a mail in doubt that %s has seen before (%j)', async (name, reply) => {
    const { outcome } = await send(providerFake(name), reply);
    expect(outcome.state).toBe('uncertain');
  });

  it('is asked with the same key for the same mail and recipients, with another one for others', async () => {
    const fake = providerFake('resend');
    const keys = async (to: readonly string[]) => {
      const { api } = await send(fake, (_request, i) => (i === 0 ? 'lose' : fake.tooMany), {
        mailId: '01abc',
        to,
      });
      return api.requests.map(({ headers }) => headers['idempotency-key']);
    };
    const [first, again] = await keys(['ada@b.test']);
    const [later] = await keys(['ada@b.test']);
    const [other] = await keys(['bob@b.test']);
    expect(first).toMatch(/^01abc-/);
    expect([again, later]).toEqual([first, first]);
    expect(other).not.toBe(first);
  });
});
