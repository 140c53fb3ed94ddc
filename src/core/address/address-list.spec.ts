import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddressList } from './address-list.js';
import { MailRelayError } from '../mail-relay-error.js';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 1000);

function refusalOf(text: unknown): MailRelayError {
  try {
    parseAddressList(text as string, 'MAIL_TO');
  } catch (error) {
    expect(error).toBeInstanceOf(MailRelayError);
    return error as MailRelayError;
  }
  throw new Error('accepted');
}

describe('parseAddressList', () => {
  it.each([
    ['', []],
    [' \t', []],
    ['ada@acme.test', [{ address: 'ada@acme.test' }]],
    ['ada@acme.test,bob@acme.test', [{ address: 'ada@acme.test' }, { address: 'bob@acme.test' }]],
    [
      ' Ada <ada@acme.test>\t,\t"Hopper, \\"Grace; G\\"" <grace@acme.test> ',
      [
        { name: 'Ada', address: 'ada@acme.test' },
        { name: 'Hopper, "Grace; G"', address: 'grace@acme.test' },
      ],
    ],
    [
      '"\\\\" <ada@acme.test>, bob@acme.test',
      [{ name: '\\', address: 'ada@acme.test' }, { address: 'bob@acme.test' }],
    ],
  ])('reads %j', (text, expected) => {
    expect(parseAddressList(text)).toStrictEqual(expected);
  });

  it.each([
    ['an empty entry', 'ada@acme.test,,bob@acme.test', 'MAIL_TO[1]'],
    ['a trailing comma', 'ada@acme.test,', 'MAIL_TO[1]'],
    ['a comma alone', ',', 'MAIL_TO[0]'],
    ['a wrong entry', 'ada@acme.test, bob', 'MAIL_TO[1]'],
    ['an open quote', '"Ada, <ada@acme.test>, bob@acme.test', 'MAIL_TO[0]'],
    ['a comment that holds a comma', 'ada@acme.test (a, b), bob@acme.test', 'MAIL_TO[0]'],
    ['a source route', '<@a.test,@b.test:u@c.test>', 'MAIL_TO[0]'],
    ['a line break between entries', 'ada@acme.test,\r\nbob@acme.test', 'MAIL_TO[1]'],
    ['a semicolon list', 'ada@acme.test; bob@acme.test', 'MAIL_TO'],
    ['a group', 'Team: ada@acme.test, bob@acme.test;', 'MAIL_TO'],
    ['an array', ['ada@acme.test'], 'MAIL_TO'],
    ['null', null, 'MAIL_TO'],
  ])('refuses %s', (_case, text, field) => {
    const error = refusalOf(text);
    expect(error).toMatchObject({ code: 'ERR_MAIL_RELAY_ADDRESS', field });
    expect(error.message).not.toMatch(/\S@\S|acme/);
  });

  it('takes 1000 entries and refuses one more', () => {
    const thousand = Array.from({ length: 1000 }, (_, i) => `u${i}@acme.test`).join(',');
    expect(parseAddressList(thousand)).toHaveLength(1000);
    expect(refusalOf(`${thousand},u@acme.test`).message).toContain('1000');
  });

  it.each([
    ['entries (C5)', 'u@acme.test,'.repeat(100_000)],
    ['commas', ','.repeat(1_000_000)],
    ['quotes', '"'.repeat(1_000_001)],
    ['quoted commas', `"${','.repeat(1_000_000)}`],
    ['backslashes', `"${'\\'.repeat(1_000_000)}`],
    ['spaces before an address', `${' '.repeat(1_000_000)}, u@acme.test`],
    ['letters', 'a'.repeat(1_000_000)],
  ])('refuses 1 MB of %s in linear time (F11)', (_case, text) => {
    const start = performance.now();
    expect(refusalOf(text).code).toBe('ERR_MAIL_RELAY_ADDRESS');
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('splits nowhere but between entries, and throws nothing but MailRelayError', () => {
    const quotedName = fc
      .string({
        unit: fc.constantFrom('"', ',', ';', '\\', '<', '>', '@', ' ', 'a'),
        minLength: 1,
        maxLength: 12,
      })
      .map((name) => `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}" <ada@acme.test>`);
    fc.assert(
      fc.property(fc.array(quotedName, { minLength: 1, maxLength: 8 }), (entries) => {
        const list = parseAddressList(entries.join(', '));
        expect(list.map(({ address }) => address)).toStrictEqual(entries.map(() => 'ada@acme.test'));
      }),
      { numRuns },
    );
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('"', ',', ';', '\\', '<', '>', '@', ' ', 'a', '.', '\t', '\n'),
          maxLength: 40,
        }),
        (text) => {
          try {
            parseAddressList(text);
          } catch (error) {
            expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_ADDRESS')).toBe(true);
          }
        },
      ),
      { numRuns },
    );
  });
});
