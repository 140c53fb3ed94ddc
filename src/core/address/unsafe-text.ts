/**
 * Characters that no header, label or identifier may hold: control characters (CR, LF and NUL among them), the
 * line and paragraph separators and unpaired surrogates.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/**
 * The first character of a text that must not stand in one line of a header, as `U+000A`; undefined when there is
 * none.
 *
 * @internal
 */
export function findUnsafeCharacter(text: string): string | undefined {
  return findCharacter(text, UNSAFE);
}

/**
 * The first character that a class matches, as `U+200B`. The pattern must be one character class, so that the
 * search stays linear.
 *
 * @internal
 */
export function findCharacter(text: string, characterClass: RegExp): string | undefined {
  const found = characterClass.exec(text);
  return found === null ? undefined : codePointName(found[0].codePointAt(0) ?? 0);
}

/**
 * The name of a code point: `U+00AD`.
 *
 * @internal
 */
export function codePointName(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}

// Each run between question marks is looked at from one starting point only, so the search is linear.
const ENCODED_WORD = /=\?[^?\s]+\?[bq]\?[^?\s]*\?=/i;

/**
 * True when the text holds an encoded word, which the recipient's client would show as something else than what
 * was given.
 *
 * @see RFC 2047 §2
 * @internal
 */
export function holdsEncodedWord(text: string): boolean {
  return text.includes('=?') && ENCODED_WORD.test(text);
}
