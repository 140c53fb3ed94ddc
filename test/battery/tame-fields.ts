import * as fc from 'fast-check';
import { ENCODED_BREAKS } from './hostile-text.js';
import { setOwnKey } from './own-key.js';
import { PlannedContent, READABLE } from './planned-content.js';
import { tameMailbox, tameMailboxes } from './random-addresses.js';
import { tameBody, tameLine, tameSubject, wildText } from './random-texts.js';

const tameContent = fc
  .tuple(fc.constantFrom(...READABLE), fc.oneof(tameBody, wildText))
  .map(([as, text]) => new PlannedContent(as, text));
const tameFileName = fc.oneof(
  tameLine
    .map((name) => name.replace(/[/\\]/g, '-').slice(0, 80).trim())
    .filter(
      (name) =>
        Buffer.byteLength(name) < 255 &&
        !/[\ud800-\udbff]$|[\u202a-\u202e\u2066-\u2069]|^\.{0,2}$/.test(name),
    ),
  fc.constantFrom(
    'a.pdf',
    'Rechnung Nr. 1.pdf',
    `a"b;c=d'e.txt`,
    '%0d%0a.txt',
    'ü'.repeat(100),
    "utf-8''x",
    'a.eml',
  ),
);
const tameAttachment = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record(
      {
        content: tameContent,
        filename: tameFileName,
        contentType: fc.constantFrom(
          'application/pdf',
          'text/csv; charset=utf-8',
          'text/html',
          'image/png; name="other; x=y"',
          'application/x-evil; __proto__=a; constructor=b',
          'text/plain; charset="us-ascii"',
        ),
        disposition: fc.constant('attachment'),
      },
      { requiredKeys: ['content'] },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      content: tameContent,
      filename: tameFileName,
      contentType: fc.constant('image/png'),
      cid: fc.constantFrom('logo', '=0D=0A', '%0d%0a', 'a@b', '__proto__', 'x'.repeat(250)),
    }),
  },
  {
    weight: 1,
    arbitrary: tameBody.map((text) => ({
      content: new PlannedContent(
        'string',
        `Subject: x\r\n\r\n${text.replace(/[^\t\n\r -~]/g, '?').slice(0, 500)}`,
      ),
      contentType: 'message/rfc822',
      disposition: 'attachment',
    })),
  },
);
const tameAttachments = fc
  .array(tameAttachment, { maxLength: 3 })
  .filter((list) => new Set(list.map((part) => ('cid' in part ? part.cid : part))).size === list.length);
const tameAlternative = fc.record({
  content: tameContent,
  contentType: fc.constantFrom('text/x-amp-html', 'text/markdown; charset=utf-8', 'application/x-evil'),
});
const tameCalendar = fc.record(
  {
    content: tameBody.filter((text) => text !== ''),
    method: fc.constantFrom('REQUEST', 'CANCEL', 'PUBLISH'),
    filename: tameFileName,
  },
  { requiredKeys: ['content'] },
);

const TOKEN = Array.from("!#$%&'*+-.^_`|~aZ09");
const tameHeaderName = fc.oneof(
  fc.string({ unit: fc.constantFrom(...TOKEN), minLength: 1, maxLength: 20 }).map((name) => `X-${name}`),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'X-Bcc',
    'Precedence',
    'Auto-Submitted',
    'X'.repeat(76),
  ),
);
const tameHeaderValue = fc.oneof(
  tameLine.filter((text) => !/ {60}/.test(text)),
  fc.constantFrom(...ENCODED_BREAKS, 'word '.repeat(400).trim(), 'ü'.repeat(1_500)),
);
const tameHeaders = fc
  .array(fc.tuple(tameHeaderName, fc.oneof(tameHeaderValue, fc.array(tameHeaderValue, { maxLength: 3 }))), {
    maxLength: 4,
  })
  .map((entries) => {
    const headers = {};
    const seen = new Set<string>();
    for (const [name, value] of entries) {
      const isSingle = name === 'Precedence' || name === 'Auto-Submitted';
      if (seen.has(name.toLowerCase()) || /^x-mail-relay-|priority$/i.test(name)) continue;
      seen.add(name.toLowerCase());
      setOwnKey(headers, name, isSingle && Array.isArray(value) ? value[0] : value);
    }
    return headers;
  });
const tameMessageId = fc.constantFrom(
  '<a@b.test>',
  '<%0d%0a@b.test>',
  '<=0D=0ABcc:eve@evil.test>',
  `<${'x'.repeat(200)}@b.test>`,
);
const tameList = fc.record(
  {
    id: fc.constantFrom('news.acme.test', 'a+0D+0A.acme.test'),
    unsubscribe: fc.oneof(
      fc.record(
        {
          url: fc.constantFrom(
            'https://acme.test/u/1',
            'https://acme.test/?x=%0d%0aBcc:eve@evil.test',
            `https://acme.test/${'x'.repeat(800)}`,
          ),
          oneClick: fc.boolean(),
          mailto: fc.constantFrom('u@acme.test', 'mailto:u@acme.test?subject=leave', 'u=0D=0A@acme.test'),
        },
        { requiredKeys: ['url'] },
      ),
      fc.constant({ mailto: 'u+tag@acme.test' }),
    ),
  },
  { requiredKeys: [] },
);
const tameLabel = fc.string({
  unit: fc.constantFrom(...Array.from('aZ09_.:-')),
  minLength: 1,
  maxLength: 64,
});
const tameMetadata = fc
  .array(fc.tuple(fc.oneof(tameLine, fc.constantFrom('__proto__', 'constructor', 'order')), tameSubject), {
    maxLength: 4,
  })
  .map((entries) => {
    const metadata = {};
    for (const [key, value] of entries)
      setOwnKey(metadata, key, value.slice(0, 60).replace(/[\ud800-\udbff]$/, ''));
    return metadata;
  });
const tameSendAt = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom<unknown>(new Date(0), '2001-02-03T04:05:06Z', '2020-01-01T00:00:00.123+05:30'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>('2199-12-31T23:59:59Z', {
      local: '2150-06-01T09:00',
      timeZone: 'Europe/Berlin',
    }),
  },
  { weight: 1, arbitrary: fc.constant({ local: '2024-03-31T02:30', timeZone: 'Europe/Berlin' }) },
);

const sometimes = <T>(arbitrary: fc.Arbitrary<T>, outOf: number) =>
  fc.option(arbitrary, { nil: undefined, freq: outOf });
/** Left out in most drafts, so that one draft tries few things. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const tameContentFields = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.oneof(
      fc.record({ subject: tameSubject, text: tameBody }),
      fc.record({ subject: tameSubject, html: tameBody }),
      fc.record({
        subject: tameSubject,
        text: tameBody,
        html: tameBody.map((body) => `<p>Hello</p>${body}`),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      template: fc.constant('note'),
      context: fc.record({ name: tameLine, __proto__: fc.constant(null) }),
      locale: sometimes(fc.constantFrom('de', 'de-AT', 'en-x-evil'), 1),
    }),
  },
);

/** The fields of a draft that may be mailed, whatever hostile text is in them. */
export const tameFields = fc
  .tuple(
    tameContentFields,
    fc.record({
      to: sometimes(tameMailboxes, 20),
      cc: rarely(tameMailboxes),
      bcc: rarely(tameMailboxes),
      from: rarely(tameMailbox),
      sender: rarely(tameMailbox),
      replyTo: rarely(tameMailboxes),
      headers: rarely(tameHeaders),
      list: rarely(tameList),
      inReplyTo: rarely(tameMessageId),
      references: rarely(fc.oneof(tameMessageId, fc.array(tameMessageId, { maxLength: 5 }))),
      attachments: rarely(tameAttachments),
      alternatives: rarely(fc.array(tameAlternative, { maxLength: 2 })),
      calendar: rarely(tameCalendar),
      importance: rarely(fc.constantFrom('high', 'normal', 'low')),
      tags: rarely(fc.array(tameLabel, { maxLength: 5 })),
      metadata: rarely(tameMetadata),
      tenant: rarely(tameLabel),
      stream: rarely(fc.constant('transactional')),
      idempotencyKey: rarely(tameLine.map((key) => key.replace(/[^ -~]/g, '?').slice(0, 200))),
      sendAt: rarely(tameSendAt),
      expiresIn: rarely(fc.constantFrom<unknown>('5m', '2h', '365d', 3_600_000, 123_456.7)),
    }),
  )
  .map(([content, rest]): Record<string, unknown> => ({ ...rest, ...content }));
