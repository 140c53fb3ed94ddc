import { setMaxListeners } from 'node:events';
import { basename } from 'node:path';
import { detectExtension, detectMimeType } from 'nodemailer/lib/mime-funcs';
import type { Clock } from '../../core/schedule/clock.js';
import type { AlternativeDraft, AttachmentDraft } from '../../core/mail/mail-draft.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { ownFields } from '../../core/own-fields.js';
import { canonicalText } from '../writing/canonical-text.js';
import type { ComposeLimits, MessageFields } from '../compose-request.js';
import { ContentReader } from './content-reader.js';
import { releaseContent } from './content-source.js';
import { mediaTypeOf } from '../fields/content-type.js';
import { OctetBudget } from './octet-budget.js';
import { refuseAttachment } from '../fields/refuse-attachment.js';
import { findWireHazard } from '../writing/wire-safety.js';

const READ_TIMEOUT_MS = 30_000;
const OCTET_STREAM = 'application/octet-stream';

/** An attachment that was read, with every default worked in. @internal */
export interface AttachmentPart {
  readonly filename: string;
  readonly contentType: string;
  readonly content: Buffer;
  readonly cid?: string | undefined;
  readonly disposition: 'attachment' | 'inline';
}

/** An alternative that was read. @internal */
export interface AlternativePart {
  readonly contentType: string;
  readonly content: Buffer;
}

/** What was read for one message. @internal */
export interface MessageParts {
  readonly attachments: readonly AttachmentPart[];
  readonly alternatives: readonly AlternativePart[];
}

const NO_PARTS: MessageParts = { attachments: [], alternatives: [] };

/**
 * Reads the attachments and alternatives of a message, all at the same time. `MailService` calls it between
 * admission and composing, with fields that passed `checkMessageFields()`. When one of them fails, takes longer
 * than 30 seconds, or grows over a limit, nothing more is read and every stream is closed.
 *
 * @param signal ends the reading early; its reason is thrown as it is
 * @throws MailRelayError `ERR_MAIL_RELAY_ATTACHMENT`, `ERR_MAIL_RELAY_MESSAGE_TOO_LARGE`
 * @internal
 */
export async function readMessageParts(
  fields: Pick<MessageFields, 'attachments' | 'alternatives'>,
  limits: ComposeLimits,
  clock: Clock,
  signal?: AbortSignal,
): Promise<MessageParts> {
  const { attachments = [], alternatives = [] } = fields;
  if (attachments.length === 0 && alternatives.length === 0) return NO_PARTS;

  const reading = new AbortController();
  setMaxListeners(attachments.length + alternatives.length, reading.signal);
  const stop = (): void => reading.abort(signal?.reason);
  const cancelDeadline = clock.after(READ_TIMEOUT_MS, () => reading.abort(timeout()));
  signal?.addEventListener('abort', stop);
  if (signal?.aborted === true) stop();

  const reader = new ContentReader(new OctetBudget(limits), limits.roots, reading.signal);
  try {
    const [attached, rendered] = await Promise.all([
      Promise.all(attachments.map((draft, i) => readAttachment(draft, i, reader))),
      Promise.all(alternatives.map((draft, i) => readAlternative(draft, i, reader))),
    ]);
    return { attachments: attached, alternatives: rendered };
  } catch (error) {
    reading.abort(error);
    releaseContent(fields);
    throw error;
  } finally {
    cancelDeadline();
    signal?.removeEventListener('abort', stop);
  }
}

async function readAttachment(
  draft: AttachmentDraft,
  index: number,
  reader: ContentReader,
): Promise<AttachmentPart> {
  const field = `attachments[${index}]`;
  const { content, path, filename, contentType, cid, disposition } = ownFields(draft) as AttachmentDraft;
  const octets =
    path === undefined
      ? await reader.read(content, `${field}.content`)
      : await reader.readFile(path, `${field}.path`);
  const name = filename ?? (path === undefined ? undefined : basename(path));
  const type = contentType ?? guessContentType(name);
  return {
    filename: name ?? `attachment-${index + 1}.${extensionOf(type)}`,
    contentType: type,
    content: mediaTypeOf(type) === 'message/rfc822' ? checkedMessage(octets, `${field}.content`) : octets,
    cid,
    disposition: disposition ?? (cid === undefined ? 'attachment' : 'inline'),
  };
}

async function readAlternative(
  draft: AlternativeDraft,
  index: number,
  reader: ContentReader,
): Promise<AlternativePart> {
  const { content, contentType } = ownFields(draft) as unknown as AlternativeDraft;
  return { contentType, content: await reader.read(content, `alternatives[${index}].content`) };
}

function extensionOf(contentType: string): string {
  const extension = detectExtension(mediaTypeOf(contentType));
  return /^\w+$/.test(extension) ? extension : 'bin';
}

/** A part that may not be encoded is written for those who ask for it, never guessed. */
function guessContentType(name: string | undefined): string {
  const guess = name === undefined ? OCTET_STREAM : detectMimeType(name);
  return /^(?:message|multipart)\//.test(guess) ? OCTET_STREAM : guess;
}

/** A message part goes out as it is (RFC 2046 §5.2.1), so it must be fit for every server on the way as it is. */
function checkedMessage(octets: Buffer, field: string): Buffer {
  const message = Buffer.from(canonicalText(octets.toString('latin1')), 'latin1');
  const hazard = findWireHazard(message, { utf8Header: false });
  if (hazard !== undefined) {
    refuseAttachment(
      field,
      'be a message of 7-bit lines of at most 998 octets',
      `it holds ${hazard}: send it as application/octet-stream with a file name that ends in .eml`,
    );
  }
  return message;
}

function timeout(): MailRelayError {
  return new MailRelayError(
    'ERR_MAIL_RELAY_ATTACHMENT',
    `attachments must be read within ${READ_TIMEOUT_MS / 1000} s, but one did not end: check what opens it`,
    { field: 'attachments' },
  );
}
