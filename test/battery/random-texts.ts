import * as fc from 'fast-check';
import { BREAKS, ENCODED_BREAKS, INJECTIONS, SECOND_MAIL, SMUGGLING_SEQUENCES } from './hostile-text.js';

const WORDS = [
  'Hello',
  'Grüße',
  '東京',
  '🎉🎉',
  'é',
  'e\u0301',
  'a\u00a0b',
  '\u200b',
  '\u202eabc',
  'O’Neil',
  'x'.repeat(100),
  '=3D',
  'From ',
  '.',
  '..',
  '-- ',
  '<b>',
  '&amp;',
  '"',
  '\\',
  "'",
  '(',
  ')',
  '<',
  '>',
  '@',
  ',',
  ';',
  ':',
  '[',
  ']',
  '{{x}}',
  '%',
  '?=',
  '=?',
  '  ',
  'To: eve@evil.test',
];
const BLANK = ' '.repeat(70);
const LONG = ['x'.repeat(1_200), 'ü'.repeat(700), 'word '.repeat(400), '='.repeat(998)];
const CONTROLS = [...BREAKS.values()];
const SMUGGLED = Array.from(SMUGGLING_SEQUENCES.values(), (sequence) => `${sequence}${SECOND_MAIL}`);
const isLine = (text: string) => !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text);
const hasEncodedWord = (text: string) => /=\?[^?\s]+\?[bq]\?[^?\s]*\?=/i.test(text);

/** One line that may stand in a header. */
export const tameLine = fc
  .array(fc.oneof(fc.constantFrom(...WORDS, ...INJECTIONS), fc.string({ unit: 'grapheme', maxLength: 6 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((pieces) => pieces.join(' '))
  .filter((text) => isLine(text) && !hasEncodedWord(text) && text.trim() !== '');

export const tameSubject = fc.oneof(
  { weight: 10, arbitrary: tameLine },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', '%0d%0aBcc: eve@evil.test', '=0D=0ABcc: x', '+0D+0A', 'x'.repeat(998)),
  },
);

/** Text of a body: whatever line ends, but no NUL. */
export const tameBody = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...WORDS, ...ENCODED_BREAKS) },
      { weight: 3, arbitrary: fc.constantFrom('\r\n', '\n', '\r', ...CONTROLS, ...SMUGGLED) },
      { weight: 1, arbitrary: fc.constantFrom(...LONG, BLANK) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((pieces) => pieces.join('').replaceAll('\0', ''));

/** Anything, most of it hostile. */
export const wildText = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(
        fc.oneof(
          { weight: 3, arbitrary: fc.constantFrom(...CONTROLS) },
          { weight: 3, arbitrary: fc.constantFrom(...INJECTIONS, ...ENCODED_BREAKS, ...SMUGGLED) },
          { weight: 3, arbitrary: fc.constantFrom(...WORDS, BLANK, ...LONG) },
          { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
        ),
        { minLength: 1, maxLength: 5 },
      )
      .map((pieces) => pieces.join('')),
  },
  { weight: 2, arbitrary: fc.constantFrom(...ENCODED_BREAKS, ...INJECTIONS, '', ' ', '__proto__') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(100_000), '\r\n'.repeat(50_000), '('.repeat(100_000)) },
);
