import { idempotencyKey } from '../idempotency-key.js';
import type { TransportRequest } from '../mail-transport.js';
import { asciiJson } from './label-limits.js';
import type { LabelProvider } from './label-provider.js';
import { MAIL_ID_KEY, type ToldLabels } from './told-labels.js';

/** A header field: its name, and its value in ASCII on one line. @internal */
export type HeaderField = readonly [name: string, value: string];

/** What a mail is sent with besides its labels. @internal */
export interface LabelHeaderSettings {
  /** SES: the configuration set whose event destinations hear of the mail. */
  readonly configurationSet?: string | undefined;
  /** Postmark: the message stream. */
  readonly messageStream?: string | undefined;
}

type Writer = (
  labels: ToldLabels,
  settings: LabelHeaderSettings,
  request: TransportRequest,
) => readonly HeaderField[];

/** The header fields that each provider reads, and takes out again, of mail that comes over SMTP. */
const WRITERS: Readonly<Record<LabelProvider, Writer>> = {
  ses: (labels, { configurationSet }) => [
    ...field('X-SES-CONFIGURATION-SET', configurationSet),
    ...field(
      'X-SES-MESSAGE-TAGS',
      namedTags(labels)
        .map((pair) => pair.join('='))
        .join(', '),
    ),
  ],
  mailchimp: mailchimpHeaders,
  mailgun: ({ tags, metadata }) => [
    ...tags.map((tag): HeaderField => ['X-Mailgun-Tag', tag]),
    ...field('X-Mailgun-Variables', json(metadata)),
  ],
  sparkpost: ({ tags, metadata }) =>
    tags.length + metadata.length === 0
      ? []
      : [['X-MSYS-API', asciiJson({ metadata: Object.fromEntries(metadata), tags })]],
  postmark: ({ tags, metadata }, { messageStream }) => [
    ...field('X-PM-Message-Stream', messageStream),
    ...tags.map((tag): HeaderField => ['X-PM-Tag', tag]),
    ...metadata.map(([key, value]): HeaderField => [`X-PM-Metadata-${key}`, value]),
  ],
  sendgrid: ({ tags, metadata }) =>
    tags.length + metadata.length === 0
      ? []
      : [['X-SMTPAPI', asciiJson({ category: tags, unique_args: Object.fromEntries(metadata) })]],
  resend: (_labels, _settings, { mailId, envelope }) => [
    ['Resend-Idempotency-Key', idempotencyKey(mailId, envelope.to)],
  ],
  brevo: ({ tags, metadata }) => [
    ...tags.map((tag): HeaderField => ['X-Mailin-Tag', tag]),
    ...field('X-Mailin-custom', json(metadata)),
  ],
};

/**
 * The header fields by which a provider is told the labels of a mail.
 *
 * @internal
 */
export function labelHeaders(
  provider: LabelProvider,
  labels: ToldLabels,
  settings: LabelHeaderSettings,
  request: TransportRequest,
): readonly HeaderField[] {
  return WRITERS[provider](labels, settings, request);
}

/**
 * What Mailchimp Transactional reads, of mail over SMTP and of a raw message over its API alike.
 *
 * @internal
 */
export function mailchimpHeaders({ tags, metadata }: ToldLabels): readonly HeaderField[] {
  return [...field('X-MC-Tags', tags.join(', ')), ...field('X-MC-Metadata', json(metadata))];
}

/**
 * Tags and metadata as one list of named values, for the providers whose tags are that.
 *
 * @internal
 */
export function namedTags({ tags, metadata }: ToldLabels): readonly HeaderField[] {
  return [...tags.map((tag, i): HeaderField => [`tag_${i + 1}`, tag]), ...metadata];
}

/**
 * Resend takes no metadata over SMTP: its idempotency key tells which mail it is, so the id needs no field.
 *
 * @internal
 */
export function withoutOwnId(provider: LabelProvider, labels: ToldLabels): ToldLabels {
  if (provider !== 'resend') return labels;
  return { ...labels, metadata: labels.metadata.filter(([key]) => key !== MAIL_ID_KEY) };
}

function field(name: string, value: string | undefined): readonly HeaderField[] {
  return value === undefined || value === '' ? [] : [[name, value]];
}

function json(metadata: ToldLabels['metadata']): string {
  return metadata.length === 0 ? '' : asciiJson(Object.fromEntries(metadata));
}
