import type { AddressRules } from '../../core/address/address-rules.js';
import { parseMailbox } from '../../core/address/address.js';
import { parseDuration } from '../../core/schedule/duration.js';
import type { Mailbox } from '../../core/address/mailbox.js';
import { refuseDraft } from '../../core/refusal.js';
import { resolveSendAt } from '../../core/schedule/send-time.js';
import { readContent } from './draft-content.js';
import { readDraftFields } from './draft-fields.js';
import { readLabels } from './draft-labels.js';
import { readPassthrough } from './draft-passthrough.js';
import { readRecipients, readReplyTo } from './draft-recipients.js';
import { readThreading } from './draft-threading.js';
import { optionalString, refuseKind } from './draft-values.js';
import { checkStreamRules, type StreamRules } from './stream-rules.js';
import type { ValidDraft } from './valid-draft.js';

const DEFAULT_STREAM = 'transactional';
const DEFAULT_MAX_RECIPIENTS = 1000;

/**
 * What a draft may rely on and what it has to keep to.
 *
 * @internal
 */
export interface DraftDefaults extends AddressRules {
  /** The module's `from`, already parsed. */
  readonly from?: Mailbox | undefined;
  /** Every stream by name; its `from` goes before the module's. */
  readonly streams: ReadonlyMap<string, StreamRules>;
  /** Recipients of one draft, over to, cc and bcc. @default 1000 */
  readonly maxRecipients?: number | undefined;
}

/**
 * Checks a draft and sets its defaults. Reads own fields only, each once; changes nothing of what it is given and
 * asks no clock.
 *
 * @param draft what the application wrote, not yet checked
 * @throws `ERR_MAIL_RELAY_DRAFT`, `ERR_MAIL_RELAY_ADDRESS`: both name the field and hold none of its content
 * @internal
 */
export function validateDraft(draft: unknown, defaults: DraftDefaults): ValidDraft {
  const fields = readDraftFields(draft);
  const stream = readStream(fields.stream, defaults);
  const { to, cc, bcc, recipients } = readRecipients(
    fields,
    defaults.maxRecipients ?? DEFAULT_MAX_RECIPIENTS,
    defaults,
  );
  const { subject, html, text, template, context, locale } = readContent(fields);
  const { tags, metadata, tenant, idempotencyKey } = readLabels(fields);
  const { inReplyTo, references } = readThreading(fields);
  const { headers, list, attachments, alternatives, calendar } = readPassthrough(fields);
  const from = readFrom(fields.from, stream, defaults);
  checkStreamRules(stream, defaults.streams.get(stream) ?? {}, { from, recipients, list });
  return {
    from,
    sender: fields.sender === undefined ? undefined : parseMailbox(fields.sender, 'sender', defaults),
    to,
    cc,
    bcc,
    replyTo: readReplyTo(fields, defaults),
    recipients,
    subject,
    html,
    text,
    template,
    context,
    locale,
    tags,
    metadata,
    tenant,
    idempotencyKey,
    stream,
    sendAt: fields.sendAt === undefined ? undefined : resolveSendAt(fields.sendAt, 'sendAt'),
    expiresInMs: fields.expiresIn === undefined ? undefined : parseDuration(fields.expiresIn, 'expiresIn'),
    headers,
    list,
    attachments,
    alternatives,
    calendar,
    inReplyTo,
    references,
    importance: readImportance(fields.importance),
  };
}

function readStream(value: unknown, { streams }: DraftDefaults): string {
  const stream = optionalString(value, 'stream') ?? DEFAULT_STREAM;
  if (!streams.has(stream)) {
    refuseDraft(
      'stream',
      `be one of ${[...streams.keys()].join(', ')}`,
      'there is no stream of that name: correct it, or add the stream to `streams`',
    );
  }
  return stream;
}

function readFrom(value: unknown, stream: string, defaults: DraftDefaults): Mailbox {
  if (value !== undefined) return parseMailbox(value, 'from', defaults);
  return (
    defaults.streams.get(stream)?.from ??
    defaults.from ??
    refuseDraft(
      'from',
      'be given',
      'neither the draft nor the stream nor the module has one: set the `from` option',
    )
  );
}

function readImportance(value: unknown): ValidDraft['importance'] {
  switch (value) {
    case undefined:
    case 'high':
    case 'normal':
    case 'low':
      return value;
    default:
      return refuseKind(value, 'importance', "'high', 'normal' or 'low'");
  }
}
