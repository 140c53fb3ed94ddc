import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataEncoder, FINAL_DOT } from './data-encoder.js';

function onWire(message: Buffer | string, cuts: readonly number[] = []): string {
  const bytes = Buffer.from(message);
  const encoder = new DataEncoder();
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b)];
  const slices = edges.slice(1).map((edge, i) => encoder.encode(bytes.subarray(edges[i], edge)));
  return Buffer.concat([...slices, encoder.end(bytes.subarray(edges.at(-1))), FINAL_DOT]).toString('latin1');
}

/** What a server makes of it that keeps to RFC 5321. */
function received(wire: string): string {
  return wire.slice(0, -FINAL_DOT.length).replaceAll(/(^|\r\n)\./g, '$1');
}

describe('a message', () => {
  it.each([
    ['hello\r\n', 'hello\r\n.\r\n'],
    ['hello', 'hello\r\n.\r\n'],
    ['', '\r\n.\r\n'.slice(2)],
    ['.', '..\r\n.\r\n'],
    ['a\r\n.b\r\n..\r\n', 'a\r\n..b\r\n...\r\n.\r\n'],
    ['a\n.\nb', 'a\r\n..\r\nb\r\n.\r\n'],
    ['a\r.\rb\r', 'a\r\n..\r\nb\r\n.\r\n'],
    ['a\r\r\nb', 'a\r\n\r\nb\r\n.\r\n'],
    ['a\n\rb', 'a\r\n\r\nb\r\n.\r\n'],
  ])('%j goes over the wire as %j', (message, wire) => {
    expect(onWire(message)).toBe(wire);
  });

  it('that needs nothing is not copied', () => {
    const slice = Buffer.from('a\r\nb\r\n');
    expect(new DataEncoder().encode(slice)).toBe(slice);
  });

  const message = fc
    .array(fc.constantFrom('\r', '\n', '\r\n', '.', '..', '\0', 'a', ' ', 'ü', '\r\n.\r\n'), {
      maxLength: 40,
    })
    .map((parts) => parts.join(''));
  const cuts = fc.array(fc.nat(), { maxLength: 8 });

  it('has one end of data for a strict and for a lenient server, whatever is in it', () => {
    fc.assert(
      fc.property(message, cuts, (text, at) => {
        const wire = onWire(text, at);
        expect(wire).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
        expect(`\r\n${wire}`.split(/\r\n\.(?=\r\n)/)).toHaveLength(2);
        expect(wire.endsWith('.\r\n')).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('arrives as it was, with its line ends put right, wherever it is cut', () => {
    fc.assert(
      fc.property(message, cuts, (text, at) => {
        const lines = Buffer.from(text)
          .toString('latin1')
          .replaceAll(/\r\n|\r|\n/g, '\r\n');
        const expected = lines === '' || lines.endsWith('\r\n') ? lines : `${lines}\r\n`;
        expect(received(onWire(text, at))).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});
