import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplyReader, smtpReplyOf, type WireReply } from './reply-reader.js';

function readAll(octets: Buffer | string, cuts: readonly number[] = []): readonly WireReply[] {
  const bytes = Buffer.from(octets);
  const reader = new ReplyReader();
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).flatMap((edge, i) => reader.push(bytes.subarray(edges[i], edge)));
}

const codes = (text: string) => readAll(text).map(({ code, consistent }) => [code, consistent]);

describe('a reply', () => {
  it.each<[string, readonly (readonly [number, boolean])[]]>([
    ['250 Ok\r\n', [[250, true]]],
    ['250\r\n', [[250, true]]],
    ['250 Ok\n', [[250, true]]],
    ['250-a\r\n250-b\r\n250 c\r\n', [[250, true]]],
    ['250-a\r\n\r\n250 c\r\n', [[250, true]]],
    ['\r\n550 5.1.1 No\r\n', [[550, true]]],
    [' \t250 Ok\r\n', [[250, true]]],
    [
      '250 a\r\n550 b\r\n354 c\r\n',
      [
        [250, true],
        [550, true],
        [354, true],
      ],
    ],
    ['250-a\r\n550 b\r\n', [[250, false]]],
    ['550-a\r\n250 b\r\n', [[550, false]]],
    ['250-a\r\n251 b\r\n', [[250, false]]],
    ['550-a\r\n551 b\r\n', [[550, true]]],
    ['550-a\r\n451 b\r\n', [[550, false]]],
    ['hello there\r\n', [[0, true]]],
    ['250-a\r\nhello\r\n250 b\r\n', [[0, true]]],
    ['2500 Ok\r\n', [[0, true]]],
    ['250x\r\n', [[0, true]]],
    ['25\r\n', [[0, true]]],
    ['150 Well\r\n', [[0, true]]],
    ['600 Well\r\n', [[0, true]]],
    ['\u0000250 Ok\r\n', [[0, true]]],
    ['250 no line end', []],
    ['250-more to come\r\n', []],
    ['', []],
  ])('%j is %j', (text, expected) => {
    expect(codes(text)).toEqual(expected);
  });

  it('is read no further than to a line without a code', () => {
    expect(codes('hello\r\n250 Ok\r\n')).toEqual([[0, true]]);
  });

  it.each([
    ['lines without end', '250-more\r\n'.repeat(200_000)],
    ['a line without end', '2'.repeat(1_200_000)],
    ['nothing but line ends', '\r\n'.repeat(600_000)],
  ])('is cut off when it is %s', (_, text) => {
    for (const cuts of [[], [1, 2, 70_000, 500_001]])
      expect(readAll(text, cuts).map(({ code }) => code)).toEqual([0]);
  });

  it('of a megabyte is read to its end, and little of it is kept', () => {
    const [reply] = readAll(
      `250-${'x'.repeat(500_000)}\r\n${'250-y\r\n'.repeat(50_000)}550 no\r\n`,
      [3, 9, 80_000],
    );
    expect(reply).toMatchObject({ code: 250, consistent: false });
    expect(reply?.raw.length).toBeLessThan(500_000);
  });

  it('is stored without what could harm, and never as the success that it was not', () => {
    const [odd, unread] = [readAll('250-a\r\n251 \u001b[31mb\r\n')[0], readAll('250-a\r\nhello\r\n')[0]];
    expect(odd && smtpReplyOf(odd)).toEqual({ code: 250, text: 'a [31mb', consistent: false });
    expect(unread && smtpReplyOf(unread)).toMatchObject({ code: 0 });
  });
});

describe('what is left over', () => {
  it.each([
    ['', false, false],
    ['250 Ok\r\n', false, false],
    ['250 Ok\r\n\r\n', true, false],
    ['250 Ok\r\n  ', true, false],
    ['250 Ok\r\n2', true, true],
    ['250-Ok\r\n', true, true],
  ])('behind %j is told: %s, %s', (text, hasRest, isMidReply) => {
    const reader = new ReplyReader();
    reader.push(Buffer.from(text));
    expect([reader.hasRest, reader.isMidReply]).toEqual([hasRest, isMidReply]);
  });
});

describe('any octets', () => {
  const line = fc
    .tuple(
      fc.constantFrom('250', '354', '421', '550', '25', '999', '', ' 250', 'x'),
      fc.constantFrom(' ', '-', '', '\t'),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('\r\n', '\n', '\r\r\n'),
    )
    .map((parts) => parts.join(''));
  const octets = fc.oneof(
    fc.array(line, { maxLength: 12 }).map((lines) => Buffer.from(lines.join(''))),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );

  it('make the same replies, wherever they are cut', () => {
    fc.assert(
      fc.property(octets, fc.array(fc.nat(), { maxLength: 20 }), (bytes, cuts) => {
        expect(readAll(bytes, cuts)).toEqual(readAll(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it('make the same replies octet by octet', () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        expect(readAll(bytes, [...bytes.keys()])).toEqual(readAll(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('make no success of lines that disagree', () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        for (const { code, consistent, raw } of readAll(bytes)) {
          if (code === 0 || code >= 400 || !consistent) continue;
          const own = raw.split('\n').map((one) => Number(one.trim().slice(0, 3)));
          expect(new Set(own)).toEqual(new Set([code]));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
