import { afterEach, describe, expect, it } from 'vitest';
import { HttpMailApi, type ApiFate } from '../support/http-mail-api.js';
import { PROVIDER_NAMES, providerFake, SECRET } from '../support/provider-fakes.js';
import { sinkRequest, TRANSPORT_SETUP } from '../support/smtp-sink-request.js';
import { BREAKS } from './hostile-text.js';

const HTML = '<html><body>\u001b[31mBad Gateway</body></html>';

const open: HttpMailApi[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((api) => api.close()));
});

async function send(
  name: (typeof PROVIDER_NAMES)[number],
  fate: ApiFate,
  changes: Parameters<typeof sinkRequest>[0] = {},
) {
  const api = await HttpMailApi.start(() => fate);
  open.push(api);
  const transport = providerFake(name).open({ baseUrl: api.url }).open(TRANSPORT_SETUP);
  const { outcomes } = await transport.send(sinkRequest(changes));
  return { outcomes, requests: api.requests };
}

/** H24: an HTTP API that misbehaves. */
describe.each(PROVIDER_NAMES)('H24: %s', (name) => {
  const odd: readonly (readonly [string, ApiFate])[] = [
    [
      'a success that is an error',
      { status: 200, body: { error: 'no', errors: [{ message: 'no' }], ErrorCode: 500, status: 'error' } },
    ],
    ['a success without anything', { status: 204 }],
    ['JSON that is no object', { status: 200, body: '"ok"' }],
    ['JSON that is cut', { status: 200, body: '{"id": "a', cut: true }],
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '120' }, body: HTML }],
    ['429 with a Retry-After that is none', { status: 429, headers: { 'retry-after': 'soon' }, body: HTML }],
    ['an error without a body', { status: 400 }],
    ['an error of prototypes', { status: 400, body: '{"__proto__":{"name":"x"},"constructor":{"code":1}}' }],
    ...[500, 501, 502, 503, 504, 520, 522, 524, 599].map(
      (status) => [`${status}`, { status, body: HTML }] as const,
    ),
  ];

  it.each(odd)('%s is never final, and blames no address', async (title, fate) => {
    const { outcomes } = await send(name, fate);
    // SendGrid's success has no body: its status is all there is.
    const isTaken = name === 'sendgrid' && typeof fate === 'object' && fate.status < 300;
    if (isTaken) return expect(outcomes).toMatchObject([{ state: 'sent' }]);
    const [outcome] = outcomes;
    expect(['deferred', 'uncertain'], title).toContain(outcome?.state);
    expect(outcome).toMatchObject({ failure: { permanent: false, suppress: 'no' } });
    expect(JSON.stringify(outcomes)).not.toContain(SECRET);
    expect(JSON.stringify(outcomes)).not.toContain('\\u001b');
  });
});

/** B12: what the application labels a mail with. */
describe.each(PROVIDER_NAMES)('B12: %s', (name) => {
  it.each([...BREAKS.entries()])('takes no %s in a tag, a key or a value', async (_, br) => {
    for (const changes of [
      { tags: [`a${br}b`] },
      { metadata: { [`a${br}b`]: 'v' } },
      { metadata: { a: `v${br}X-Injected: 1` } },
    ]) {
      const { outcomes, requests } = await send(name, { status: 200 }, changes);
      expect(outcomes).toMatchObject([{ state: 'bounced', failure: { class: 'message' } }]);
      expect(requests).toEqual([]);
    }
  });
});
