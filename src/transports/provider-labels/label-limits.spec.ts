import { describe, expect, it } from 'vitest';
import { asciiJson, labelProblem, LABEL_LIMITS } from './label-limits.js';
import type { LabelProvider } from './label-provider.js';
import { MAIL_ID_KEY, toldLabels, type ToldLabels } from './told-labels.js';

const ID = '01abcdefghjkmnpqrstvwxyz01';

const labels = (tags: readonly string[], metadata: Readonly<Record<string, string>> = {}): ToldLabels => ({
  tags,
  metadata: [[MAIL_ID_KEY, ID], ...Object.entries(metadata)],
});
const many = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`);
const entries = (count: number) => Object.fromEntries(many(count).map((key) => [key, 'v']));

describe('what a provider takes', () => {
  it.each(Object.entries(LABEL_LIMITS).filter(([name]) => name !== 'resend'))(
    '%s takes a tag, an entry and the id of the mail both ways',
    (_, limits) => {
      for (const limit of Object.values(limits)) {
        expect(labelProblem(limit, labels(['welcome'], { user: '42' }))).toBeUndefined();
      }
    },
  );

  const cases: readonly (readonly [LabelProvider, 'api' | 'smtp', string, ToldLabels, string | undefined])[] =
    [
      ['ses', 'api', 'a tag with a dot', labels(['a.b']), 'ETAGS'],
      ['ses', 'api', 'a value with a space', labels([], { user: 'Ada L' }), 'EMETADATA'],
      ['ses', 'api', 'an empty value', labels([], { user: '' }), 'EMETADATA'],
      ['ses', 'api', 'a key that is one of our tags', labels(['x'], { tag_1: 'y' }), 'EMETADATA'],
      ['ses', 'smtp', 'a value with a comma', labels([], { user: 'a,b' }), 'EMETADATA'],
      ['mailchimp', 'api', 'a tag of 51 characters', labels(['x'.repeat(51)]), 'ETAGS'],
      ['mailchimp', 'api', 'a reserved tag', labels(['_x']), 'ETAGS'],
      ['mailchimp', 'api', 'more than 250 octets', labels([], { a: 'x'.repeat(250) }), 'EMETADATA'],
      ['mailchimp', 'smtp', '200 octets and the id', labels([], { a: 'x'.repeat(150) }), undefined],
      ['mailgun', 'api', 'three tags', labels(many(3)), undefined],
      ['mailgun', 'api', 'four tags', labels(many(4)), 'ETAGS'],
      ['mailgun', 'api', 'a key with a quote', labels([], { 'a"b': 'c' }), 'EMETADATA'],
      ['sparkpost', 'api', 'eleven tags', labels(many(11)), 'ETAGS'],
      ['sparkpost', 'api', 'more than 1000 octets', labels([], { a: 'x'.repeat(1000) }), 'EMETADATA'],
      ['postmark', 'api', 'two tags', labels(many(2)), 'ETAGS'],
      ['postmark', 'api', 'nine entries and the id', labels([], entries(9)), undefined],
      ['postmark', 'api', 'ten entries and the id', labels([], entries(10)), 'EMETADATA'],
      ['postmark', 'api', 'a key of 21 characters', labels([], { ['k'.repeat(21)]: 'v' }), 'EMETADATA'],
      ['postmark', 'api', 'a value of 81 characters', labels([], { k: 'v'.repeat(81) }), 'EMETADATA'],
      ['postmark', 'api', 'keys that differ in case', labels([], { key: '1', KEY: '2' }), 'EMETADATA'],
      ['postmark', 'api', 'a value in another script', labels([], { k: 'Größe' }), undefined],
      ['postmark', 'smtp', 'a value in another script', labels([], { k: 'Größe' }), 'EMETADATA'],
      ['sendgrid', 'api', 'ten tags', labels(many(10)), undefined],
      ['sendgrid', 'api', 'eleven tags', labels(many(11)), 'ETAGS'],
      ['resend', 'api', 'a tag with a colon', labels(['a:b']), 'ETAGS'],
      ['resend', 'smtp', 'a tag', { tags: ['a'], metadata: [] }, 'ETAGS'],
      ['resend', 'smtp', 'an entry', { tags: [], metadata: [['a', 'b']] }, 'EMETADATA'],
      ['brevo', 'api', 'two tags', labels(many(2)), undefined],
      ['brevo', 'smtp', 'two tags', labels(many(2)), 'ETAGS'],
    ];

  it.each(cases)('%s over %s, given %s', (provider, way, _, told, expected) => {
    expect(labelProblem(LABEL_LIMITS[provider][way], told)).toBe(expected);
  });

  it.each(Object.keys(LABEL_LIMITS) as LabelProvider[])('%s takes no line end', (provider) => {
    for (const limits of Object.values(LABEL_LIMITS[provider])) {
      for (const br of ['\r', '\n', '\0', '\u2028', '\u0085']) {
        expect(labelProblem(limits, labels([], { k: `a${br}b` }))).toBe('EMETADATA');
        expect(labelProblem(limits, labels([], { [`a${br}b`]: 'v' }))).toBe('EMETADATA');
        expect(labelProblem(limits, labels([`a${br}b`]))).toBe('ETAGS');
      }
    }
  });
});

describe('what a provider is told', () => {
  const mail = { tags: ['welcome'], metadata: { user: '42' }, mailId: ID };

  it('is everything the application chose, with the id first', () => {
    expect(toldLabels(mail, new Set(['tags', 'metadata', 'mailId']))).toEqual({
      tags: ['welcome'],
      metadata: [
        [MAIL_ID_KEY, ID],
        ['user', '42'],
      ],
    });
    expect(toldLabels(mail, new Set(['mailId']))).toEqual({ tags: [], metadata: [[MAIL_ID_KEY, ID]] });
    expect(toldLabels(mail, new Set(['tags']))).toEqual({ tags: ['welcome'], metadata: [] });
    expect(toldLabels(mail, new Set())).toEqual({ tags: [], metadata: [] });
  });

  it('cannot hold the id where the metadata has its name', () => {
    const taken = { ...mail, metadata: { Relay_Mail_Id: 'x' } };
    expect(toldLabels(taken, new Set(['metadata', 'mailId']))).toBeUndefined();
    expect(toldLabels(taken, new Set(['metadata']))?.metadata).toEqual([['Relay_Mail_Id', 'x']]);
  });
});

describe('JSON for a header', () => {
  it.each([
    [{ a: 'b' }, '{ "a": "b" }'],
    [{ a: ['x', 'y'], b: { c: 'd' } }, '{ "a": [ "x", "y" ], "b": { "c": "d" } }'],
    [{ a: 'Größe 🎉\n  x' }, '{ "a": "Gr\\u00f6\\u00dfe \\ud83c\\udf89\\n  x" }'],
    [{ a: [] }, '{ "a": [] }'],
  ])('is ASCII on one line, and reads back', (value, expected) => {
    expect(asciiJson(value)).toBe(expected);
    expect(JSON.parse(asciiJson(value))).toEqual(value);
  });

  it('keeps a key that means something else to objects', () => {
    const json = asciiJson(Object.fromEntries([['__proto__', 'x']]));
    expect(Object.entries(JSON.parse(json) as object)).toEqual([['__proto__', 'x']]);
  });
});
