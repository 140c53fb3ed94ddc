import { refuseAddress } from '../refusal.js';
import { codePointName } from './unsafe-text.js';

/**
 * Advice for a string that holds more than one address.
 *
 * @internal
 */
export const LIST_REASON =
  'it holds a comma or semicolon, and a string is never split: pass an array, or split a comma list with ' +
  'parseAddressList(); a name that holds one is written in double quotes';

const REASONS: Readonly<Record<string, string>> = {
  ',': LIST_REASON,
  ';': LIST_REASON,
  '"': 'it holds a double quote in its address: quote the whole name before the address, and use an unquoted local part',
  '\\': 'it holds a backslash, which only a quoted local part may hold: use an unquoted local part',
  '(': 'it holds a comment in parentheses: leave the comment out',
  ')': 'it holds a comment in parentheses: leave the comment out',
  '%': 'it holds a percent sign, which some servers take for a route to another domain: use the final address',
  '!': 'it holds an exclamation mark, which some servers take for a route to another host: use the final address',
  ':': 'it holds a colon: groups, routes, ports and URLs are not accepted, pass the plain address',
  '[': 'it holds a bracket: an address literal is not accepted, use a domain name',
  ']': 'it holds a bracket: an address literal is not accepted, use a domain name',
  '<': 'its angle brackets do not enclose exactly one address at its end: write the name, then the address in angle brackets',
  '>': 'its angle brackets do not enclose exactly one address at its end: write the name, then the address in angle brackets',
  '@': 'it holds more than one at sign: pass one address, and put a name that holds an at sign in double quotes',
  ' ': 'it holds a space outside a name: remove the space, or put the address in angle brackets after the name',
  _: 'its domain holds an underscore, which no mail domain may hold: correct the domain',
};

/**
 * Refuses an address for a character that must not stand where it was found.
 *
 * @internal
 */
export function refuseCharacter(field: string, code: number): never {
  refuseAddress(
    field,
    REASONS[String.fromCharCode(code)] ??
      `it holds the character ${codePointName(code)}, which must not stand there: remove it`,
  );
}
