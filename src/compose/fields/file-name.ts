import { kindOf } from '../../core/kind-of.js';
import { findCharacter, findUnsafeCharacter } from '../../core/address/unsafe-text.js';
import { LONG_BLANK } from '../writing/header-text.js';
import type { Refuse } from './refuse-attachment.js';

const MAX_OCTETS = 255;

/** Embeddings, overrides and isolates: with one of them `exe.fdp` shows as `pdf.exe` reversed, or the other way round. */
const BIDI_CONTROL = /[\u202a-\u202e\u2066-\u2069]/;

/** Windows opens the device instead of the file, whatever the extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * Checks the name a recipient sees and saves a file under.
 *
 * @internal
 */
export function checkFileName(value: unknown, field: string, refuse: Refuse): void {
  const asked = `be a file name of 1 to ${MAX_OCTETS} octets`;
  if (typeof value !== 'string') return refuse(field, asked, `it is ${kindOf(value)}: pass a string`);
  const unsafe = findUnsafeCharacter(value) ?? findCharacter(value, BIDI_CONTROL);
  if (unsafe !== undefined) {
    return refuse(field, asked, `it holds the character ${unsafe}, which no file name may hold: remove it`);
  }
  if (/[/\\]/.test(value) || value === '.' || value === '..') {
    return refuse(field, asked, 'it is a path: pass the last part of it alone');
  }
  if (DEVICE.test(value)) {
    return refuse(field, asked, 'it is the name of a device on Windows: use another name');
  }
  if (LONG_BLANK.test(value)) {
    return refuse(field, asked, 'it holds 60 spaces in a row, which hide the extension: shorten them');
  }
  if (value.trim() === '' || Buffer.byteLength(value) > MAX_OCTETS) {
    return refuse(field, asked, 'it is blank or longer: use another name');
  }
}
