import type { HeaderField } from './label-headers.js';

const LINE_CHARS = 76;
const MAX_LINE_CHARS = 998;

/**
 * Header fields as lines, broken at spaces that stand alone: taken together again they are what they were.
 *
 * @param fields values in printable ASCII
 * @returns undefined when a line would be longer than mail allows
 * @see RFC 5322 §2.1.1, §2.2.3
 * @internal
 */
export function headerLines(fields: readonly HeaderField[]): Buffer | undefined {
  let lines = '';
  for (const [name, value] of fields) {
    let line = `${name}:`;
    for (const word of value.split(/(?<=\S) (?=\S)/)) {
      if (line.length + 1 + word.length > LINE_CHARS && !line.endsWith(':')) {
        lines += `${line}\r\n`;
        line = '';
      }
      line += ` ${word}`;
      if (line.length > MAX_LINE_CHARS) return undefined;
    }
    lines += `${line}\r\n`;
  }
  return Buffer.from(lines, 'ascii');
}
