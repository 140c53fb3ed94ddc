import { createPrivateKey, type KeyObject } from 'node:crypto';
import DKIM from 'nodemailer/lib/dkim';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { DkimKey } from './dkim-key.js';

/**
 * The fields that a change of would change what the recipient sees, or what a click on *unsubscribe* does: RFC 8058
 * §4 demands a signature over both List-Unsubscribe fields.
 */
const SIGNED_FIELDS = [
  'From',
  'Sender',
  'Reply-To',
  'Subject',
  'Date',
  'Message-ID',
  'To',
  'Cc',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
  'In-Reply-To',
  'References',
  'List-Id',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
].join(':');

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})+$`, 'i');
/** Labels with an underscore are common in selectors. */
const SELECTOR =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;
/** RFC 8301 §3.2: a signer must not use less. */
const MIN_RSA_BITS = 1024;

/** Parsing a key costs a tenth of a signature, so it is done once. A key that is no longer used goes with its object. */
const signers = new WeakMap<DkimKey, DKIM>();

/**
 * Puts a DKIM signature in front of a message: RSA-SHA256, relaxed/relaxed.
 *
 * @param message with CRLF line ends
 * @throws Error when it cannot be signed; an unsigned message never comes back
 * @see RFC 6376
 * @internal
 */
export async function signWithDkim(message: Buffer, key: DkimKey): Promise<Buffer> {
  let signer = signers.get(key);
  if (signer === undefined) {
    signer = makeSigner(key);
    signers.set(key, signer);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of signer.sign(message)) chunks.push(chunk as Buffer);
  const signed = Buffer.concat(chunks);
  // nodemailer lets the message pass unsigned when the key does not work.
  if (!signed.subarray(0, 15).equals(SIGNATURE_FIELD)) throw new Error('The DKIM key could not sign.');
  return signed;
}

const SIGNATURE_FIELD = Buffer.from('DKIM-Signature:');

/**
 * Checks a key when it is configured, so that no mail has to find out.
 *
 * @param option where it stands in the options, for the message
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS`
 * @internal
 */
export function assertDkimKey(key: DkimKey, option: string): void {
  if (!isMatch(DOMAIN, key.domainName)) {
    throw problem(`${option}.domainName`, 'is not a domain; write it like acme.test, in A-labels');
  }
  if (!isMatch(SELECTOR, key.keySelector)) {
    throw problem(
      `${option}.keySelector`,
      'is not a selector; write only what stands before ._domainkey in the DNS',
    );
  }
  const parsed = parseKey(key.privateKey);
  if (parsed === undefined) {
    throw problem(
      `${option}.privateKey`,
      'is not a private key in PEM without a passphrase; check that its line ends survived the environment',
    );
  }
  if (parsed.asymmetricKeyType !== 'rsa') {
    throw problem(`${option}.privateKey`, 'is not an RSA key; make one with: openssl genrsa 2048');
  }
  if ((parsed.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) {
    throw problem(
      `${option}.privateKey`,
      'is shorter than 1024 bits, which no receiver accepts; make one with: openssl genrsa 2048',
    );
  }
}

/** Options come from configuration, whose types nobody has checked. */
function isMatch(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function makeSigner(key: DkimKey): DKIM {
  return new DKIM({
    domainName: key.domainName,
    keySelector: key.keySelector,
    privateKey: createPrivateKey(key.privateKey),
    headerFieldNames: SIGNED_FIELDS,
  });
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // The library's error may quote the input; that it failed is all that may be told.
    return undefined;
  }
}

function problem(field: string, says: string): MailRelayError {
  return new MailRelayError('ERR_MAIL_RELAY_OPTIONS', `A DKIM key cannot be used: ${field} ${says}.`, {
    field,
  });
}
