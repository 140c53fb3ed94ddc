import * as fc from 'fast-check';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, it, vi } from 'vitest';
import { Clock } from '../core/schedule/clock.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { ComposeLimits, ComposeRequest, MessageFields } from './compose-request.js';
import { composeMessage } from './message-composer.js';
import { checkMessageFields } from './fields/message-fields.js';
import { readMessageParts, type MessageParts } from './reading/message-parts.js';
import { findWireHazard } from './writing/wire-safety.js';

// However many runs are asked for, none may wait for ever.
vi.setConfig({ testTimeout: 600_000 });

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300);
const LIMITS: ComposeLimits = { roots: [], maxAttachmentBytes: 1024 * 1024, maxMessageBytes: 1024 * 1024 };

class StillClock extends Clock {
  now(): number {
    return 0;
  }

  after(): () => void {
    return () => undefined;
  }
}

const BASE: ComposeRequest = {
  messageId: '<01hqx@acme.test>',
  date: new Date(Date.UTC(2026, 7, 1, 9, 30)),
  from: { name: 'Acme', address: 'hello@acme.test' },
  to: [{ address: 'ada@acme.test' }],
  cc: [],
  replyTo: [],
  subject: 'Hello',
  text: 'Hello Ada',
};

/** What `MailService` does with a request. */
async function compose(request: ComposeRequest & MessageFields): Promise<Buffer> {
  checkMessageFields(request, LIMITS);
  return composeMessage(request, await readMessageParts(request, LIMITS, new StillClock()), LIMITS);
}

async function composeOrRefuse(request: ComposeRequest & MessageFields): Promise<string | undefined> {
  try {
    return (await compose(request)).toString();
  } catch (error) {
    // The last look at the message finds what a check or an encoder should have.
    if (MailRelayError.is(error) && error.field !== 'message') return undefined;
    throw error;
  }
}

/** The names of the headers as a parser sees them that knows nothing but lines; a blank line is a nameless one. */
function headerNames(header: string): readonly string[] {
  return header
    .split(/\r\n|\r|\n/)
    .filter((line) => !/^[ \t]+\S/.test(line))
    .map((line) => line.slice(0, Math.max(0, line.indexOf(':'))).toLowerCase());
}

function rootHeaderNames(message: string): readonly string[] {
  return headerNames(message.slice(0, message.indexOf('\r\n\r\n')));
}

function partHeaderNames(message: string): readonly string[] {
  const boundary = /boundary="(=_mail-.{36})-Part_1"/.exec(message)?.[1];
  if (boundary === undefined) return [];
  return message
    .split(new RegExp(`^--${boundary}-Part_\\d+\\r\\n`, 'm'))
    .slice(1)
    .flatMap((part) => headerNames(part.slice(0, part.indexOf('\r\n\r\n'))));
}

const PART_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'content-id',
]);

const CONTROLS = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  '\t',
  '\x7F',
  '\x1B',
  '\u0085',
  '\u2028',
  '\uD800',
  '\uDC00',
  '\u202E',
];
const SPECIALS = Array.from(' .:;,=-"\\<>()@[]%?&/ü東');
const INJECTIONS = ['\r\nBcc: eve@evil.test', '\nBcc: eve@evil.test', '\r\n\r\n<p>', '\r\n.\r\n', '\r\n '];
const ENCODED = ['=?utf-8?Q?=0D=0ABcc:_eve?=', '=?utf-8?B?', '?=', '%0d%0a', '=0D=0A', '🎉'];
const RUNS = ['x', 'ü', ' ', '\t'].flatMap((character) => [character.repeat(80), character.repeat(1200)]);

const piece = fc.oneof(
  fc.constantFrom(...CONTROLS, ...SPECIALS, ...INJECTIONS, ...ENCODED, ...RUNS),
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const hostile = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

/** Every field of a request that holds text, with the header it is written into. */
const FIELDS: readonly (readonly [
  field: string,
  header: string | undefined,
  set: (text: string) => Partial<ComposeRequest & MessageFields>,
])[] = [
  ['subject', 'subject', (subject) => ({ subject })],
  ['text', undefined, (text) => ({ text })],
  ['html', undefined, (html) => ({ html })],
  ['the author’s name', 'from', (name) => ({ from: { name, address: 'a@b.test' } })],
  ['the author’s address', 'from', (address) => ({ from: { address } })],
  ['a local part', 'from', (local) => ({ from: { name: 'x', address: `${local}@b.test` } })],
  ['the sender’s name', 'sender', (name) => ({ sender: { name, address: 'a@b.test' } })],
  ['a recipient’s name', 'to', (name) => ({ to: [{ name, address: 'a@b.test' }, { address: 'c@d.test' }] })],
  ['a copy’s name', 'cc', (name) => ({ cc: [{ name, address: 'a@b.test' }] })],
  ['the reply address’s name', 'reply-to', (name) => ({ replyTo: [{ name, address: 'a@b.test' }] })],
  ['messageId', 'message-id', (messageId) => ({ messageId })],
  ['inReplyTo', 'in-reply-to', (inReplyTo) => ({ inReplyTo })],
  ['an id within brackets', 'in-reply-to', (id) => ({ inReplyTo: `<${id}@b>` })],
  ['references', 'references', (id) => ({ references: ['<a@b>', id] })],
  ['a header’s value', 'x-a', (value) => ({ headers: { 'X-A': value } })],
  ['a header’s second value', 'x-a', (value) => ({ headers: { 'X-A': [value] } })],
  ['list.id', 'list-id', (id) => ({ list: { id } })],
  ['list.unsubscribe.url', 'list-unsubscribe', (url) => ({ list: { unsubscribe: { url } } })],
  ['a url', 'list-unsubscribe', (path) => ({ list: { unsubscribe: { url: `https://a.test/${path}` } } })],
  ['a mailto', 'list-unsubscribe', (local) => ({ list: { unsubscribe: { mailto: `${local}@a.test` } } })],
  [
    'a mailto url',
    'list-unsubscribe',
    (rest) => ({ list: { unsubscribe: { mailto: `mailto:a@b?${rest}` } } }),
  ],
  ['a file name', undefined, (filename) => ({ attachments: [{ filename, content: 'x' }] })],
  ['a content type', undefined, (contentType) => ({ attachments: [{ contentType, content: 'x' }] })],
  [
    'a parameter',
    undefined,
    (value) => ({ attachments: [{ contentType: `text/csv; a="${value}"`, content: 'x' }] }),
  ],
  ['a cid', undefined, (cid) => ({ html: '<p>', attachments: [{ cid, content: 'x' }] })],
  ['content', undefined, (content) => ({ attachments: [{ content }] })],
  ['a message', undefined, (content) => ({ attachments: [{ content, contentType: 'message/rfc822' }] })],
  [
    'an alternative',
    undefined,
    (content) => ({ alternatives: [{ content, contentType: 'text/x-amp-html' }] }),
  ],
  ['an alternative’s type', undefined, (contentType) => ({ alternatives: [{ content: 'x', contentType }] })],
  ['calendar.content', undefined, (content) => ({ calendar: { content } })],
  ['calendar.filename', undefined, (filename) => ({ calendar: { content: 'x', filename } })],
];

describe('a hostile text', () => {
  const plain = ['from', 'to', 'subject', 'message-id', 'date', 'mime-version', 'content-type'];

  it.each(FIELDS)('in %s never adds a header or breaks a line', async (_, header, set) => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const message = await composeOrRefuse({ ...BASE, ...set(text) });
        if (message === undefined) return;
        const expected = new Set([...plain, 'content-transfer-encoding', header]);
        const names = rootHeaderNames(message);
        expect(names.filter((name) => !expected.has(name))).toEqual([]);
        expect(new Set(names).size).toBe(names.length);
        expect(partHeaderNames(message).filter((name) => !PART_HEADERS.has(name))).toEqual([]);
        expect(findWireHazard(Buffer.from(message), { utf8Header: true })).toBeUndefined();
      }),
      { numRuns },
    );
  });

  it('as the name of a header adds that header alone', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (name) => {
        const message = await composeOrRefuse({ ...BASE, headers: { [name]: 'x' } });
        if (message === undefined) return;
        expect(rootHeaderNames(message)).toEqual([
          ...plain.slice(0, 5),
          name.toLowerCase(),
          'mime-version',
          'content-transfer-encoding',
          'content-type',
        ]);
      }),
      { numRuns },
    );
  });
});

/** Text that MailComposer writes as it is meant: where it does not, `message-composer.spec.ts` says what we write. */
const word = fc.constantFrom(
  'Hello',
  'Grüße',
  '東京',
  'ñandú',
  '🎉🎉',
  'x'.repeat(100),
  'O’Neil',
  'a',
  '42',
  'ä, b',
  'c.d',
);
const line = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' '));
const lineEnd = fc.constantFrom('\n', '\r\n', '\r', ' \n');
const body = fc
  .array(fc.tuple(fc.oneof(line, fc.constantFrom('', '.', 'From x', '=3D', 'x'.repeat(300))), lineEnd), {
    maxLength: 30,
  })
  .map((lines) => lines.flat().join('') || 'x');
const name = fc.option(line, { nil: undefined });
const mailbox = fc.record({ name, address: fc.constantFrom('ada@acme.test', 'a.b+c@xn--bcher-kva.example') });
const mailboxes = fc.array(mailbox, { maxLength: 5 });
const octets = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));

const attachment = fc.record({
  filename: fc.oneof(
    line,
    fc.constantFrom('a.pdf', 'Rechnung Nr. 1.pdf', 'a"b\\c.txt', 'ü'.repeat(60), "it's;x=y"),
  ),
  contentType: fc.constantFrom(
    'application/pdf',
    'text/csv; charset=utf-8',
    'image/png; name="other"',
    'Image/PNG',
  ),
  content: octets,
  disposition: fc.constantFrom('attachment' as const, 'inline' as const),
  cid: fc.option(fc.constantFrom('logo', 'a@b', 'x'.repeat(100)), { nil: undefined }),
});
const alternative = fc.record({
  contentType: fc.constantFrom('text/x-amp-html; charset=utf-8', 'text/markdown; charset=us-ascii'),
  content: body.map((text) => Buffer.from(text)),
});
const request = fc.record({
  messageId: fc.constant('<01hqx@acme.test>'),
  date: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
  from: mailbox,
  sender: fc.option(mailbox, { nil: undefined }),
  replyTo: mailboxes,
  to: mailboxes,
  cc: mailboxes,
  subject: line,
  text: fc.option(body, { nil: undefined }),
  html: body,
  inReplyTo: fc.option(fc.constant('<a@b>'), { nil: undefined }),
  references: fc.option(fc.array(fc.constantFrom('<a@b>', `<${'x'.repeat(60)}@c>`), { minLength: 1 }), {
    nil: undefined,
  }),
  headers: fc.constantFrom(
    undefined,
    { 'X-A': 'b' },
    { 'X-A': ['b', 'word '.repeat(40).trim()], 'X-B': 'Grüße' },
  ),
  calendar: fc.option(
    fc.record({ content: body, method: fc.constant('REQUEST' as const) }, { requiredKeys: ['content'] }),
    { nil: undefined },
  ),
});

/** What MailComposer makes of the same request, with the headers in our order and our boundary. */
async function referenceOf(r: ComposeRequest, parts: MessageParts, baseBoundary: string): Promise<string> {
  const { calendar, headers = {} } = r;
  // A header that is set later takes the place of its first occurrence.
  const place = (key: string, list: readonly unknown[]) => (list.length === 0 ? [] : [{ key, value: 'x' }]);
  // MailComposer encodes whatever holds a quote; `prepared` is its way to write text as it is.
  const text = (key: string, value: string) => ({
    key,
    value: { prepared: /^[ -~]*$/.test(value), foldLines: true, value },
  });
  const alternative = (contentType: string, content: string | undefined) =>
    content === undefined ? [] : [{ contentType, content: content.replace(/\r\n?|\n/g, '\r\n') }];
  const composer = new MailComposer({
    headers: [
      ...place('From', [r.from]),
      ...place('Sender', r.sender ? [r.sender] : []),
      ...place('Reply-To', r.replyTo),
      ...place('To', r.to),
      ...place('Cc', r.cc),
      text('Subject', r.subject),
      { key: 'Message-ID', value: r.messageId },
      { key: 'Date', value: r.date },
      ...place('In-Reply-To', r.inReplyTo === undefined ? [] : [r.inReplyTo]),
      ...place('References', r.references ?? []),
      ...Object.entries(headers).flatMap(([key, value]) => [value].flat().map((one) => text(key, one))),
      { key: 'MIME-Version', value: '1.0' },
    ],
    from: r.from,
    sender: r.sender,
    replyTo: [...r.replyTo],
    to: [...r.to],
    cc: [...r.cc],
    inReplyTo: r.inReplyTo,
    references: r.references && [...r.references],
    alternatives: [
      ...alternative('text/plain; charset=utf-8', r.text),
      ...parts.alternatives.flatMap(({ contentType, content }) =>
        alternative(contentType, content.toString()),
      ),
      ...alternative('text/html; charset=utf-8', r.html),
      ...alternative(
        `text/calendar; charset=utf-8; method=${calendar?.method ?? 'PUBLISH'}`,
        calendar?.content,
      ),
    ],
    attachments: [
      ...parts.attachments.map(({ disposition, ...rest }) => ({ ...rest, contentDisposition: disposition })),
      ...(calendar
        ? [{ filename: 'invite.ics', contentType: 'application/ics', content: calendar.content }]
        : []),
    ],
    boundaryPrefix: '=_mail',
    baseBoundary,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return (await composer.compile().build()).toString();
}

describe('composeMessage', () => {
  it('writes octet by octet what nodemailer’s MailComposer streams', async () => {
    const parts = fc.record({
      attachments: fc.array(attachment, { maxLength: 4 }),
      alternatives: fc.array(alternative, { maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(request, parts, async (r, p) => {
        const message = composeMessage(r, p, LIMITS).toString();
        const boundary = /boundary="=_mail-(.{36})-Part_1"/.exec(message)?.[1] ?? '';
        expect(message).toBe(await referenceOf(r, p, boundary));
      }),
      { numRuns },
    );
  });
});
