import { describe, expect, it } from 'vitest';
import { fromCell, toCell } from './cell.js';
import { readCsv } from './read-csv.js';

async function recordsOf(...chunks: (string | Uint8Array)[]) {
  const found = [];
  for await (const record of readCsv(chunks)) found.push(record);
  return found;
}

describe('reading CSV', () => {
  it.each([
    [
      'a,b\r\nc,d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a,b\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a,b\rc,d\r',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a;b,c\n', [['a', 'b,c']]],
    ['a\tb;c\n', [['a', 'b;c']]],
    ['"a,""x""\r\ny",b\n', [['a,"x"\r\ny', 'b']]],
    ['a,,\n', [['a', '', '']]],
    ['\n\n a\n\n', [[' a']]],
    ['"",b\n', [['', 'b']]],
    ['\uFEFFa,b', [['a', 'b']]],
    ['', []],
  ])('%j is %j', async (text, expected) => {
    expect((await recordsOf(text)).map(({ fields }) => fields)).toEqual(expected);
    // However it is cut into pieces.
    expect((await recordsOf(...text.split(''))).map(({ fields }) => fields)).toEqual(expected);
    const octets = Buffer.from(text);
    const bytes = await recordsOf(...Array.from(octets, (octet) => Uint8Array.of(octet)));
    expect(bytes.map(({ fields }) => fields)).toEqual(expected);
  });

  it('counts lines as an editor does, those within quotes too', async () => {
    const records = await recordsOf('a\n"b\nc"\r\nd\n\ne');
    expect(records.map(({ line }) => line)).toEqual([1, 2, 4, 6]);
  });

  it('keeps no more of a record than is honest, and goes on after it', async () => {
    const records = await recordsOf('a\n', 'x'.repeat(100_000), '\nb\n');
    expect(records.map(({ fields }) => fields)).toEqual([['a'], undefined, ['b']]);
  });
});

describe('a cell', () => {
  it.each(['=1+1', '+x', '-x', '@x', "'=x", "'x", '\tx', 'a"b', 'a,b', 'plain', ''])(
    'of %j is no formula and comes back as it was',
    async (value) => {
      const cell = toCell(value);
      expect(cell).not.toMatch(/^"?[=+\-@\t]/);
      const [record] = await recordsOf(`x,${cell}\n`);
      expect(fromCell(record?.fields?.[1] ?? '')).toBe(value);
    },
  );
});
