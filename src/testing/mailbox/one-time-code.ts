/** Digits, in one piece or in two groups, that are no part of a longer word, number, price or date. */
const DIGITS = /(?<![\w.,:/#$€£+-])(\d{4,8}|\d{3}[ -]\d{3,4}|\d{4}[ -]\d{4})(?![\w%:/]|[.,-]\d)/g;
/** Letters and digits mixed, in capitals. */
const MIXED =
  /(?<![\w.,:/#-])(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])([A-Z0-9]{5,10}|[A-Z0-9]{3,5}-[A-Z0-9]{3,5})(?![\w-])/g;
const ANNOUNCED = /(?:code|pin|otp|token|passcode|password|kode|código|codice)\b[^\n\d]{0,40}$/i;

/**
 * Finds the one-time code of a mail: the one on a line of its own, the one a word such as "code" stands before, or the
 * only one there is.
 *
 * @returns undefined when there is none
 * @throws TypeError when several could be meant
 */
export function oneTimeCodeIn(body: string, pattern?: RegExp): string | undefined {
  if (pattern) return matchOf(body, pattern);
  const text = body.replace(/\bhttps?:\/\/\S+/gi, '');
  const found = [...text.matchAll(DIGITS), ...text.matchAll(MIXED)];
  const alone = found.filter(([match], i) => isAlone(text, found[i]?.index ?? 0, match));
  const announced = found.filter(({ index }) => ANNOUNCED.test(text.slice(Math.max(0, index - 80), index)));
  for (const candidates of [alone, announced, found]) {
    const codes = new Set(candidates.map(([match]) => match.replace(/[ -]/g, '')));
    if (codes.size > 1) {
      throw new TypeError(
        `The mail holds ${codes.size} texts that could be a code. Say which: code(/your code is (\\d+)/).`,
      );
    }
    for (const code of codes) return code;
  }
  return undefined;
}

function matchOf(text: string, pattern: RegExp): string | undefined {
  const match = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(text);
  return match?.[1] ?? match?.[0];
}

function isAlone(text: string, index: number, match: string): boolean {
  const before = text.lastIndexOf('\n', index - 1) + 1;
  const end = text.indexOf('\n', index);
  return text.slice(before, end === -1 ? undefined : end).trim() === match;
}
