import { headerText, type MimePart } from './mime-part.js';

/** `filename*1*="…"` and its simpler forms: name, section, extended, value. */
const PARAMETER = /;\s*(file)?name(?:\*(\d{1,3}))?(\*)?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/gi;

interface Section {
  readonly index: number;
  readonly extended: boolean;
  readonly value: string;
}

/**
 * The file name that a part says it has, decoded; undefined when it says none.
 *
 * @see RFC 2183 §2.3, RFC 2231 §3 and §4
 * @internal
 */
export function fileNameOf(part: MimePart): string | undefined {
  return (
    parameter(part.headers.get('content-disposition') ?? '', true) ??
    parameter(headerText(part, 'content-type'), false) ??
    undefined
  );
}

function parameter(header: string, ofFile: boolean): string | undefined {
  const sections: Section[] = [];
  for (const [, file, index = '0', star, quoted, plain = ''] of header.matchAll(PARAMETER)) {
    if ((file !== undefined) !== ofFile) continue;
    const value = quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1');
    sections.push({ index: Number(index), extended: star !== undefined, value });
  }
  if (sections.length === 0) return undefined;
  return joined(sections.toSorted((a, b) => a.index - b.index));
}

function joined(sections: readonly Section[]): string {
  const [first] = sections;
  const charset = first?.extended ? (/^([\w-]*)'[\w-]*'/.exec(first.value)?.[1] ?? 'utf-8') : 'utf-8';
  const octets = sections.map(({ value, extended }, i) =>
    extended ? unescaped(i === 0 ? value.replace(/^[\w-]*'[\w-]*'/, '') : value) : Buffer.from(value, 'utf8'),
  );
  try {
    return new TextDecoder(charset || 'utf-8').decode(Buffer.concat(octets));
  } catch {
    return Buffer.concat(octets).toString('latin1');
  }
}

function unescaped(value: string): Buffer {
  return Buffer.from(
    value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}
