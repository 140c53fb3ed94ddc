import { basename } from 'node:path';
import { kindOf } from '../../core/kind-of.js';
import { ownFields } from '../../core/own-fields.js';
import type { ComposeLimits } from '../compose-request.js';
import { CONTENT_KINDS, contentSourceOf } from '../reading/content-source.js';
import { checkContentType } from './content-type.js';
import { checkFileName } from './file-name.js';
import { refuseAttachment } from './refuse-attachment.js';

const MAX_ATTACHMENTS = 100;

/** Printable ASCII that stands between angle brackets, RFC 2392 §2. */
const CONTENT_ID = /^[!-;=?-~]{1,250}$/;

const URL_LIKE = /^(?:[a-z][a-z0-9+.-]+:|\/\/)/i;

/** Fields that other mailers know; to ignore them would send something else than was meant. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['contentDisposition', 'use disposition'],
  ['encoding', "content is never decoded, pass Buffer.from(content, 'base64')"],
  ['href', 'URLs are never opened, pass a function as content that opens it'],
]);

/**
 * Checks the attachments of a draft without opening any.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_ATTACHMENT`
 * @internal
 */
export function checkAttachments(attachments: unknown, { roots }: Pick<ComposeLimits, 'roots'>): void {
  if (!Array.isArray(attachments)) {
    refuseAttachment('attachments', 'be an array', `it is ${kindOf(attachments)}: correct the draft`);
  }
  if (attachments.length > MAX_ATTACHMENTS) {
    refuseAttachment(
      'attachments',
      `be at most ${MAX_ATTACHMENTS}`,
      `there are ${attachments.length}: pack several into one file`,
    );
  }
  const cids = new Set<string>();
  for (let i = 0; i < attachments.length; i++) {
    const cid = checkAttachment(attachments[i], `attachments[${i}]`, roots);
    if (cid === undefined) continue;
    if (cids.has(cid)) {
      refuseAttachment(`attachments[${i}].cid`, 'be unique', 'another attachment has it: rename one of them');
    }
    cids.add(cid);
  }
}

/** Gives the cid, when there is one. */
function checkAttachment(value: unknown, field: string, roots: readonly string[]): string | undefined {
  if (typeof value !== 'object' || value === null) {
    refuseAttachment(field, 'be an object', `it is ${kindOf(value)}: correct the draft`);
  }
  const { filename, content, path, contentType, cid, disposition, ...others } = ownFields(value);
  for (const name of Object.keys(others)) refuseOther(field, name);
  if ((content === undefined) === (path === undefined)) {
    refuseAttachment(
      field,
      'have either content or path',
      content === undefined ? 'it has neither: add one' : 'it has both: keep one',
    );
  }
  if (path === undefined) checkContent(content, `${field}.content`);
  else checkPath(path, `${field}.path`, roots);
  if (filename !== undefined) checkFileName(filename, `${field}.filename`, refuseAttachment);
  else if (typeof path === 'string') checkFileName(basename(path), `${field}.path`, refuseAttachment);
  if (contentType !== undefined) checkContentType(contentType, `${field}.contentType`, refuseAttachment);
  if (disposition !== undefined && disposition !== 'attachment' && disposition !== 'inline') {
    refuseAttachment(
      `${field}.disposition`,
      "be 'attachment' or 'inline'",
      'it is something else: correct it',
    );
  }
  if (cid === undefined) return undefined;
  if (typeof cid !== 'string' || !CONTENT_ID.test(cid)) {
    refuseAttachment(
      `${field}.cid`,
      'be 1 to 250 printable ASCII characters without space and angle brackets',
      'it is something else: write it as in the html, without `cid:`',
    );
  }
  return cid;
}

/**
 * Checks by what kind of value content is given.
 *
 * @internal
 */
export function checkContent(content: unknown, field: string): void {
  if (contentSourceOf(content) === undefined) {
    refuseAttachment(field, `be ${CONTENT_KINDS}`, `it is ${kindOf(content)} of another kind: convert it`);
  }
}

function checkPath(path: unknown, field: string, roots: readonly string[]): void {
  const asked = 'be a file below one of `attachments.roots`';
  if (typeof path !== 'string') {
    return refuseAttachment(field, asked, `it is ${kindOf(path)}: pass a string`);
  }
  if (path === '' || path.includes('\0')) {
    return refuseAttachment(field, asked, 'it is empty or holds the character U+0000: correct it');
  }
  if (URL_LIKE.test(path)) {
    return refuseAttachment(
      field,
      asked,
      'it is a URL, and URLs are never opened: pass a function as content that opens it',
    );
  }
  if (roots.length === 0) {
    refuseAttachment(
      field,
      asked,
      'no folder is configured: list it in the option `attachments.roots`, or pass the content',
    );
  }
}

function refuseOther(field: string, name: string): never {
  refuseAttachment(
    /^\w{1,40}$/.test(name) ? `${field}.${name}` : field,
    'be left out',
    `it is given: ${REMEDIES.get(name) ?? 'an attachment has filename, content, path, contentType, cid and disposition'}`,
  );
}
