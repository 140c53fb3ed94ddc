import type { CalendarDraft } from '../../core/mail/mail-draft.js';
import type { ComposeRequest } from '../compose-request.js';
import { alternativePart, attachmentPart, textPart } from './content-part.js';
import type { AttachmentPart, MessageParts } from '../reading/message-parts.js';
import type { MimePart } from './mime-part.js';

/**
 * The tree of a message's parts: the renderings from the plainest to the richest (RFC 2046 §5.1.4), the html with
 * its inline parts, then the attachments. What the caller's alternatives are is unknown to most clients, so they
 * stand before the html, which clients then prefer.
 *
 * @internal
 */
export function messageBody(request: ComposeRequest, { attachments, alternatives }: MessageParts): MimePart {
  const { text = '', html = '', calendar } = request;
  const inline = html === '' ? [] : attachments.filter(({ cid }) => cid !== undefined);
  const attached = html === '' ? attachments : attachments.filter(({ cid }) => cid === undefined);

  const renderings = alternatives.map((alternative): MimePart => alternativePart(alternative));
  if (text !== '' || html === '') renderings.unshift(textPart('text/plain; charset=utf-8', text));
  if (html !== '') renderings.push(related(textPart('text/html; charset=utf-8', html), inline));
  if (calendar !== undefined) renderings.push(invitation(calendar));

  const files = calendar === undefined ? attached : [...attached, calendarFile(calendar)];
  return joined('multipart/mixed', [
    joined('multipart/alternative', renderings),
    ...files.map(attachmentPart),
  ]);
}

function related(html: MimePart, inline: readonly AttachmentPart[]): MimePart {
  return joined('multipart/related; type="text/html"', [html, ...inline.map(attachmentPart)]);
}

function joined(contentType: string, parts: readonly MimePart[]): MimePart {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : { kind: 'multipart', contentType, parts };
}

/** What clients show as an invitation. */
function invitation({ content, method }: CalendarDraft): MimePart {
  return textPart(`text/calendar; charset=utf-8; method=${method ?? 'PUBLISH'}`, content);
}

/** The same for clients that import a file instead. */
function calendarFile({ content, filename }: CalendarDraft): AttachmentPart {
  return {
    filename: filename ?? 'invite.ics',
    contentType: 'application/ics',
    content: Buffer.from(content),
    disposition: 'attachment',
  };
}
