import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerLines } from './header-lines.js';

const unfold = (lines: Buffer | undefined) => lines?.toString('latin1').replace(/\r\n(?= )/g, '');

describe('header lines', () => {
  it('breaks long values at single spaces', () => {
    const value = Array.from({ length: 30 }, (_, i) => `word${i}`).join(' ');
    const lines = headerLines([['X-Test', value]])
      ?.toString()
      .split('\r\n');
    expect(lines?.length).toBeGreaterThan(3);
    expect(lines?.every((line) => line.length <= 76)).toBe(true);
  });

  it('is the value again when taken together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', ' ', '  ', '"b"', ',', 'x'.repeat(70)), { maxLength: 60 }),
        (parts) => {
          const value = `{${parts.join('')}}`;
          const lines = headerLines([['X-Test', value]]);
          fc.pre(lines !== undefined);
          expect(unfold(lines)).toBe(`X-Test: ${value}\r\n`);
          // A line of spaces alone would end the header for some.
          expect(
            lines
              ?.toString()
              .split('\r\n')
              .slice(0, -1)
              .every((line) => line.trim() !== ''),
          ).toBe(true);
        },
      ),
    );
  });

  it('does not break where it may not, and makes no line that mail does not allow', () => {
    expect(headerLines([['X-Test', 'x'.repeat(900)]])?.toString()).toBe(`X-Test: ${'x'.repeat(900)}\r\n`);
    expect(headerLines([['X-Test', 'x'.repeat(1000)]])).toBeUndefined();
  });

  it('is nothing for no fields', () => {
    expect(headerLines([])).toEqual(Buffer.alloc(0));
  });
});
