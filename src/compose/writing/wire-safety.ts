import { isAscii } from 'node:buffer';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { refuseDraft } from '../../core/refusal.js';

const NUL = 0x00;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

const CRLF_OCTETS = 2;
const EMPTY_LINE = Buffer.from('\r\n\r\n');

const MAX_LINE_OCTETS = 998;

/** What a message may hold beyond lines of 7-bit octets. @internal */
export interface WireRules {
  /** UTF-8 in the header, as a local part beyond ASCII needs it; such a mail needs SMTPUTF8 (RFC 6532). */
  readonly utf8Header: boolean;
}

/**
 * The last look at a message before it is stored: nothing leaves that servers read in different ways. Linear.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_MESSAGE_TOO_LARGE`, or `ERR_MAIL_RELAY_DRAFT` for what the composer should
 *   have encoded
 * @see RFC 5321 §2.3.8, §4.5.3.1.6, RFC 5322 §2.1
 * @internal
 */
export function assertWireSafe(message: Buffer, maxBytes: number, rules: WireRules): void {
  if (message.length > maxBytes) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_MESSAGE_TOO_LARGE',
      `The message must hold at most ${maxBytes} octets, but it has ${message.length}: shorten it, send links to ` +
        'its attachments, or raise the option `attachments.maxMessageBytes`',
    );
  }
  const hazard = findWireHazard(message, rules);
  if (hazard !== undefined) {
    refuseDraft('message', 'be lines of 7-bit text', `it holds ${hazard}: please report how it was made`);
  }
}

/**
 * Names something in a message that must not be on the wire; undefined when there is nothing. It searches natively
 * and line by line, ten times as fast as a loop over the octets.
 *
 * @internal
 */
export function findWireHazard(message: Buffer, { utf8Header }: WireRules): string | undefined {
  const nul = message.indexOf(NUL);
  if (nul !== -1) return `a NUL at octet ${nul}`;
  const headerEnd = endOfHeader(message);
  if (!isAscii(utf8Header ? message.subarray(headerEnd) : message)) return 'an 8-bit octet';
  for (let start = 0; start < message.length;) {
    const end = endOfLine(message, start);
    if (typeof end === 'string') return end;
    if (end - start > MAX_LINE_OCTETS) return `a line of more than 998 octets at octet ${start}`;
    if (start < headerEnd && isBlank(message, start, end))
      return `a blank line in its header at octet ${start}`;
    start = end + CRLF_OCTETS;
  }
  return undefined;
}

function endOfHeader(message: Buffer): number {
  if (message[0] === CR) return 0;
  const emptyLine = message.indexOf(EMPTY_LINE);
  return emptyLine === -1 ? message.length : emptyLine;
}

/** Where the line's CRLF begins, or the message ends; what is the matter with it otherwise. */
function endOfLine(message: Buffer, start: number): number | string {
  const lf = message.indexOf(LF, start);
  const cr = message.indexOf(CR, start);
  if (lf === -1 && cr === -1) return message.length;
  if (cr !== -1 && lf === cr + 1) return cr;
  return cr !== -1 && (lf === -1 || cr < lf) ? `a bare CR at octet ${cr}` : `a bare LF at octet ${lf}`;
}

/** True for a folded line of nothing but white space, which some servers take for the end of the header. */
function isBlank(message: Buffer, start: number, end: number): boolean {
  let i = start;
  while (i < end && (message[i] === SPACE || message[i] === TAB)) i++;
  return i === end;
}
