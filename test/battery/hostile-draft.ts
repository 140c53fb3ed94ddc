import * as fc from 'fast-check';
import { setOwnKey } from './own-key.js';
import { PlannedContent } from './planned-content.js';
import { wildText } from './random-texts.js';
import { tameFields } from './tame-fields.js';
import { ODDITIES, unreadable, wildValue } from './wild-values.js';

/** A draft as it may come from an application without types: any field may hold anything. */
export interface DraftPlan {
  readonly via: 'queue' | 'send';
  readonly fields: Readonly<Record<string, unknown>>;
}

let serial = 0;

/** The draft of a plan, with content that nobody has read. */
export function draftOf({ fields }: DraftPlan): Record<string, unknown> {
  const draft: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) setOwnKey(draft, key, opened(value));
  // The same key twice would be the same mail.
  if (typeof draft['idempotencyKey'] === 'string') draft['idempotencyKey'] += `#${++serial}`;
  return draft;
}

function opened(value: unknown): unknown {
  if (!Array.isArray(value) || !value.some(isPartPlan)) return value;
  return value.map((part: unknown) => (isPartPlan(part) ? { ...part, content: part.content.open() } : part));
}

function isPartPlan(part: unknown): part is { content: PlannedContent } {
  return (
    typeof part === 'object' && part !== null && 'content' in part && part.content instanceof PlannedContent
  );
}

type Fields = Record<string, unknown>;
type Spoil = (fields: Fields, value: unknown, text: string) => void;

const TOP_FIELDS = [
  'to',
  'cc',
  'bcc',
  'from',
  'sender',
  'replyTo',
  'subject',
  'html',
  'text',
  'template',
  'context',
  'locale',
  'attachments',
  'alternatives',
  'calendar',
  'headers',
  'list',
  'inReplyTo',
  'references',
  'importance',
  'tags',
  'metadata',
  'stream',
  'tenant',
  'idempotencyKey',
  'sendAt',
  'expiresIn',
];

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function spoiled(object: unknown, key: string, value: unknown): object {
  const copy = { ...objectOf(object) };
  setOwnKey(copy, key, value);
  return copy;
}

/** Puts something hostile into one place of a draft. */
const SPOILS: readonly Spoil[] = [
  ...TOP_FIELDS.map(
    (name): Spoil =>
      (fields, value) =>
        void (fields[name] = value),
  ),
  // Text where text belongs is what an attacker has most often.
  ...['subject', 'html', 'text', 'inReplyTo', 'tenant', 'idempotencyKey', 'locale', 'stream'].map(
    (name): Spoil =>
      (fields, _, text) =>
        void (fields[name] = text),
  ),
  ...['to', 'cc', 'bcc', 'replyTo'].flatMap((name): Spoil[] => [
    (fields, value) => void (fields[name] = ['ada@example.test', value]),
    (fields, value) => void (fields[name] = { name: 'Ada', address: value }),
    (fields, _, text) => void (fields[name] = { name: text, address: 'ada@example.test' }),
    (fields, _, text) => void (fields[name] = `${text} <ada@example.test>`),
    (fields, _, text) => void (fields[name] = `ada@example.test${text}`),
  ]),
  ...['from', 'sender'].flatMap((name): Spoil[] => [
    (fields, _, text) => void (fields[name] = { name: text, address: 'shop@acme.test' }),
    (fields, _, text) => void (fields[name] = `"${text}" <shop@acme.test>`),
    (fields, _, text) => void (fields[name] = `shop${text}@acme.test`),
  ]),
  (fields, value, text) => void (fields['headers'] = spoiled(fields['headers'], text, value)),
  (fields, _, text) => void (fields['headers'] = spoiled(fields['headers'], text, 'x')),
  (fields, _, text) => void (fields['headers'] = spoiled(fields['headers'], `X-${text}`, 'x')),
  (fields, _, text) => void (fields['headers'] = spoiled(fields['headers'], 'X-Note', text)),
  (fields, value) => void (fields['headers'] = spoiled(fields['headers'], 'X-Note', ['a', value])),
  (fields, _, text) => void (fields['headers'] = spoiled(fields['headers'], 'Bcc', text)),
  (fields, value) => void (fields['list'] = spoiled(fields['list'], 'id', value)),
  (fields, value) => void (fields['list'] = spoiled(fields['list'], 'unsubscribe', value)),
  (fields, _, text) => void (fields['list'] = { unsubscribe: { url: `https://acme.test/${text}` } }),
  (fields, value) => void (fields['list'] = { unsubscribe: { url: value, oneClick: true } }),
  (fields, _, text) => void (fields['list'] = { unsubscribe: { mailto: `u${text}@acme.test` } }),
  (fields, _, text) =>
    void (fields['list'] = { unsubscribe: { mailto: `mailto:u@acme.test?subject=${text}` } }),
  (fields, value) => void (fields['list'] = { unsubscribe: { url: 'https://acme.test/', oneClick: value } }),
  (fields, _, text) => void (fields['inReplyTo'] = `<a${text}@b.test>`),
  (fields, _, text) => void (fields['references'] = `<a@b.test> <b${text}@b.test>`),
  (fields, value) => void (fields['references'] = ['<a@b.test>', value]),
  ...[
    'filename',
    'contentType',
    'content',
    'cid',
    'disposition',
    'path',
    'encoding',
    'href',
    '__proto__',
  ].map(
    (key): Spoil =>
      (fields, value) =>
        void (fields['attachments'] = [
          spoiled(
            firstOf(fields['attachments']) ?? { content: new PlannedContent('string', 'x') },
            key,
            value,
          ),
        ]),
  ),
  ...['filename', 'contentType', 'cid'].map(
    (key): Spoil =>
      (fields, _, text) =>
        void (fields['attachments'] = [spoiled({ content: new PlannedContent('stream', text) }, key, text)]),
  ),
  (fields, _, text) =>
    void (fields['attachments'] = [
      { content: new PlannedContent('octets', text), contentType: `text/csv; a="${text}"` },
    ]),
  (fields, _, text) =>
    void (fields['attachments'] = [
      { content: new PlannedContent('string', text), contentType: 'message/rfc822' },
    ]),
  ...['contentType', 'content', 'filename'].map(
    (key): Spoil =>
      (fields, value) =>
        void (fields['alternatives'] = [
          spoiled({ content: new PlannedContent('string', 'x'), contentType: 'text/x-amp-html' }, key, value),
        ]),
  ),
  (fields, _, text) =>
    void (fields['alternatives'] = [
      { content: new PlannedContent('blob', text), contentType: 'text/x-amp-html' },
    ]),
  ...['content', 'method', 'filename'].map(
    (key): Spoil =>
      (fields, value) =>
        void (fields['calendar'] = spoiled({ content: 'BEGIN:VCALENDAR' }, key, value)),
  ),
  (fields, _, text) => void (fields['calendar'] = { content: text }),
  (fields, value) => void (fields['tags'] = ['a', value]),
  (fields, value, text) => void (fields['metadata'] = spoiled(fields['metadata'], text, value)),
  (fields, _, text) => void (fields['metadata'] = spoiled(fields['metadata'], 'order', text)),
  (fields, _, text) => void (fields['metadata'] = spoiled(fields['metadata'], text, 'x')),
  (fields, value) => void (fields['sendAt'] = { local: '2020-01-01T09:00', timeZone: value }),
  (fields, value) => void (fields['sendAt'] = { local: value, timeZone: 'UTC' }),
  (fields, _, text) => void (fields['sendAt'] = `2020-01-01T09:00:00Z${text}`),
  (fields, value, text) => setOwnKey(fields, text, value),
  (fields, value) => setOwnKey(fields, '__proto__', value),
  (fields, value) => void Object.assign(fields, { envelope: value }),
  (fields, _, text) => {
    for (const name of ['html', 'text', 'subject']) delete fields[name];
    Object.assign(fields, { template: 'note', context: { name: text } });
  },
  (fields, value) => {
    for (const name of ['html', 'text', 'subject']) delete fields[name];
    Object.assign(fields, { template: 'note', context: { name: value } });
  },
];

/** Puts something unreadable among the parts; the rest of the draft may be refused before anybody reads it. */
const SPOILS_OF_CONTENT: readonly Spoil[] = [
  (fields, content) =>
    void (fields['attachments'] = [{ content: new PlannedContent('stream', 'x') }, { content }]),
  (fields, content) => void (fields['attachments'] = [{ content }, { content, filename: '\r\n' }]),
  (fields, content) => void (fields['alternatives'] = [{ content, contentType: 'text/x-amp-html' }]),
  (fields, content) => void Object.assign(fields, { attachments: [{ content }], to: 'ada@example.test\r\n' }),
];

const spoil = fc.oneof(
  { weight: 12, arbitrary: fc.record({ at: fc.constantFrom(...SPOILS), value: wildValue, text: wildText }) },
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.constantFrom<Spoil>(
        (fields, value) => void Object.assign(fields, { context: value, idempotencyKey: 'k' }),
        (fields, value) => void Object.assign(fields, { context: { value }, idempotencyKey: 'k' }),
        (fields, value) => void (fields['attachments'] = [{ content: value }]),
        (fields, value) =>
          void (fields['alternatives'] = [{ content: value, contentType: 'text/x-amp-html' }]),
      ),
      value: fc.constantFrom(...ODDITIES),
      text: fc.constant(''),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.constantFrom(...SPOILS_OF_CONTENT),
      value: unreadable,
      text: fc.constant(''),
    }),
  },
);

/** About half of the plans are drafts that nothing is wrong with, however they look; the others are spoiled. */
export const hostilePlan: fc.Arbitrary<DraftPlan> = fc
  .record({
    via: fc.constantFrom('send' as const, 'send' as const, 'queue' as const),
    tame: tameFields,
    spoils: fc.oneof(
      { weight: 10, arbitrary: fc.constant([]) },
      { weight: 7, arbitrary: fc.array(spoil, { minLength: 1, maxLength: 1 }) },
      { weight: 2, arbitrary: fc.array(spoil, { minLength: 2, maxLength: 4 }) },
    ),
  })
  .map(({ via, tame, spoils }) => {
    const fields: Fields = { ...tame };
    for (const { at, value, text } of spoils) at(fields, value, text);
    return { via, fields };
  });
