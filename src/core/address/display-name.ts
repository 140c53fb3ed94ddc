import { refuseAddress } from '../refusal.js';
import { findCharacter, findUnsafeCharacter, holdsEncodedWord } from './unsafe-text.js';

const MAX_NAME_CHARS = 1000;

/** Embeddings, overrides and isolates: they turn the address that a client shows beside the name around. */
const BIDI_CONTROL = /[\u202a-\u202e\u2066-\u2069]/;

/**
 * Checks a display name and gives it back unchanged; undefined for a blank one. What the name says, even an
 * address, is never parsed.
 *
 * @internal
 */
export function checkDisplayName(name: string, field: string): string | undefined {
  if (name.length > MAX_NAME_CHARS) {
    refuseAddress(field, `its name has more than ${MAX_NAME_CHARS} characters: shorten the name`);
  }
  const unsafe = findUnsafeCharacter(name) ?? findCharacter(name, BIDI_CONTROL);
  if (unsafe !== undefined) {
    refuseAddress(field, `its name holds the character ${unsafe}, which no header may hold: remove it`);
  }
  if (holdsEncodedWord(name)) {
    refuseAddress(
      field,
      'its name holds an encoded word (RFC 2047): give the text itself, the relay encodes it',
    );
  }
  return name.trim() === '' ? undefined : name;
}
