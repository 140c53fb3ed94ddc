import { createHash, createVerify, type KeyObject } from 'node:crypto';

/** What a receiver would find out about the first signature of a message. */
export interface DkimVerdict {
  readonly ok: boolean;
  /** Why not; empty when the signature holds. */
  readonly reason: string;
  readonly domain: string;
  readonly selector: string;
  /** The names of the signed fields, in lower case, in the order of `h=`. */
  readonly signedFields: readonly string[];
}

interface Field {
  readonly name: string;
  /** From the name to the last octet before the CRLF, folded as it came. */
  readonly raw: string;
}

/**
 * Verifies the first DKIM signature of a message: RSA-SHA256, relaxed/relaxed. Written from RFC 6376 and sharing no
 * code with the signer, so that a mistake there is not made here again. The public key comes from the test instead of
 * the DNS.
 */
export function verifyDkim(message: Buffer, publicKey: KeyObject): DkimVerdict {
  // One character per octet: canonicalization is about octets.
  const text = message.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const fields = readFields(text.slice(0, end));
  const body = text.slice(end + 4);

  const at = fields.findIndex((field) => field.name === 'dkim-signature');
  const signature = fields[at];
  if (signature === undefined) return verdict('no signature', new Map());
  const tags = readTags(signature.raw.slice(signature.raw.indexOf(':') + 1));
  const expectations = { v: '1', a: 'rsa-sha256', c: 'relaxed/relaxed' };
  for (const [tag, value] of Object.entries(expectations)) {
    if (tags.get(tag) !== value) return verdict(`${tag} is not ${value}`, tags);
  }

  const bodyHash = createHash('sha256').update(relaxBody(body), 'latin1').digest('base64');
  if (bodyHash !== tags.get('bh')) return verdict('the body was changed', tags);

  const signedFields = fieldNames(tags);
  if (!signedFields.includes('from')) return verdict('From is not signed', tags);
  // §5.4.2: fields of the same name are taken from the bottom up; a name without a field adds nothing.
  const left = fields.filter((_, i) => i !== at);
  const lines: string[] = [];
  for (const name of signedFields) {
    const last = left.findLastIndex((field) => field.name === name);
    const [field] = last === -1 ? [] : left.splice(last, 1);
    if (field !== undefined) lines.push(`${relaxField(field)}\r\n`);
  }
  // §3.7: the signature itself comes last, with an empty b=, without CRLF.
  const emptied = signature.raw.replace(/([;:\s]b=)[^;]*/, '$1');
  lines.push(relaxField({ name: signature.name, raw: emptied }));
  const verifier = createVerify('RSA-SHA256').update(lines.join(''), 'latin1');
  const holds = verifier.verify(publicKey, tags.get('b') ?? '', 'base64');
  return verdict(holds ? '' : 'the header was changed', tags);
}

function verdict(reason: string, tags: ReadonlyMap<string, string>): DkimVerdict {
  const [domain = '', selector = ''] = [tags.get('d'), tags.get('s')];
  return { ok: reason === '', reason, domain, selector, signedFields: fieldNames(tags) };
}

function fieldNames(tags: ReadonlyMap<string, string>): readonly string[] {
  const names = tags.get('h') ?? '';
  return names === '' ? [] : names.toLowerCase().split(':');
}

function readFields(header: string): Field[] {
  const raws: string[] = [];
  for (const line of header.split('\r\n')) {
    const last = raws.length - 1;
    if (/^[ \t]/.test(line) && last >= 0) raws[last] = `${raws[last]}\r\n${line}`;
    else raws.push(line);
  }
  return raws.map((raw) => ({ name: raw.slice(0, raw.indexOf(':')).trim().toLowerCase(), raw }));
}

/** §3.2. White space carries no meaning in the tags used here. */
function readTags(value: string): Map<string, string> {
  const tags = new Map<string, string>();
  for (const part of value.split(';')) {
    const at = part.indexOf('=');
    if (at !== -1) tags.set(part.slice(0, at).trim(), part.slice(at + 1).replace(/\s/g, ''));
  }
  return tags;
}

/** §3.4.2 */
function relaxField({ name, raw }: Field): string {
  const value = raw
    .slice(raw.indexOf(':') + 1)
    .replaceAll('\r\n', '')
    .replace(/[ \t]+/g, ' ')
    .trim();
  return `${name}:${value}`;
}

/** §3.4.4 */
function relaxBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  return lines.map((line) => `${line}\r\n`).join('');
}
