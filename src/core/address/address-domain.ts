import { domainToASCII, domainToUnicode } from 'node:url';
import { refuseCharacter } from './address-character.js';
import type { AddressRules } from './address-rules.js';
import { isAscii } from './ascii.js';
import { refuseAddress } from '../refusal.js';

const MAX_DOMAIN_OCTETS = 255;
const MAX_LABEL_OCTETS = 63;

/** What every name of the public DNS consists of (RFC 5890 §2.3.1). */
const LDH_LABELS = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/;

const HYPHEN = 0x2d;
const DOT = 0x2e;

/** Top-level names that are not in the public DNS: RFC 6761 (`localhost`, `invalid`) and RFC 6762 (`local`). */
const LOCAL_TOP_LEVEL: ReadonlySet<string> = new Set(['local', 'localhost', 'invalid']);

/**
 * Checks the domain of an address and gives it back in lower-case A-labels: the one form that is checked, stored,
 * matched and sent.
 *
 * @see RFC 5321 §2.3.5, RFC 5890 §2.3.2
 * @internal
 */
export function normaliseDomain(text: string, field: string, rules: AddressRules): string {
  const domain = needsConversion(text, field) ? toFaithfulAscii(text, field) : text.toLowerCase();
  checkLengths(domain, field);
  checkTopLevel(domain, field, rules);
  return domain;
}

/** Checks characters, dots and hyphens; true when a label is not plain ASCII. */
function needsConversion(text: string, field: string): boolean {
  let foreign = false;
  let previous = DOT;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) foreign = true;
    else if (code === DOT) checkLabelEnd(previous, field);
    else if (code === HYPHEN) checkLabelStart(previous, field);
    else if (!isLetterOrDigit(code)) refuseCharacter(field, code);
    previous = code;
  }
  checkLabelEnd(previous, field);
  return foreign || text.includes('--');
}

function checkLabelStart(previous: number, field: string): void {
  if (previous === DOT) refuseHyphen(field);
}

function checkLabelEnd(previous: number, field: string): void {
  if (previous === DOT) {
    refuseAddress(field, 'its domain has an empty label or a dot at an end: write the domain without it');
  }
  if (previous === HYPHEN) refuseHyphen(field);
}

function refuseHyphen(field: string): never {
  refuseAddress(field, 'a label of its domain begins or ends with a hyphen: correct the domain');
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a);
}

/**
 * Converts an internationalised domain. The conversion of UTS 46 also maps full-width letters and stops, drops
 * invisible characters and more; whoever checked the domain before would have checked another one, so only what
 * comes back unchanged is accepted.
 */
function toFaithfulAscii(text: string, field: string): string {
  const ascii = domainToASCII(text);
  if (!LDH_LABELS.test(ascii) || !isFaithful(text, ascii)) {
    refuseAddress(
      field,
      'its domain is not a valid internationalised name or would be sent as another one: use its plain letters or ' +
        'its A-labels (xn--)',
    );
  }
  return ascii;
}

function isFaithful(text: string, ascii: string): boolean {
  const composed = text.normalize('NFC');
  // Some characters are canonically equal to an ASCII one, and so in neither form: the Kelvin sign is a K.
  if (composed !== text && text.normalize('NFD') !== text) return false;
  const unicode = domainToUnicode(ascii);
  const given = composed.toLowerCase().split('.');
  const sent = ascii.split('.');
  const shown = unicode.split('.');
  return (
    given.length === sent.length &&
    given.every((label, i) => label === (isAscii(label) ? sent[i] : shown[i])) &&
    domainToASCII(unicode) === ascii
  );
}

function checkLengths(domain: string, field: string): void {
  if (domain.length > MAX_DOMAIN_OCTETS) {
    refuseAddress(field, `its domain has more than ${MAX_DOMAIN_OCTETS} octets: correct the domain`);
  }
  let start = 0;
  while (start <= domain.length) {
    const dot = domain.indexOf('.', start);
    const end = dot === -1 ? domain.length : dot;
    if (end - start > MAX_LABEL_OCTETS) {
      refuseAddress(
        field,
        `a label of its domain has more than ${MAX_LABEL_OCTETS} octets: correct the domain`,
      );
    }
    start = end + 1;
  }
}

function checkTopLevel(domain: string, field: string, rules: AddressRules): void {
  const dot = domain.lastIndexOf('.');
  // No top-level domain begins with a digit; this also covers every spelling of an IPv4 address, such as 127.0x1.
  if (domain.charCodeAt(dot + 1) <= 0x39) {
    refuseAddress(field, 'its domain ends in a number: use a domain name, not an IP address');
  }
  if (dot !== -1 && !LOCAL_TOP_LEVEL.has(domain.slice(dot + 1))) return;
  if (rules.localDomains?.some((local) => local.toLowerCase() === domain) !== true) {
    refuseAddress(
      field,
      'its domain is a local or reserved name: use a public domain, or list this one in `localDomains`',
    );
  }
}
