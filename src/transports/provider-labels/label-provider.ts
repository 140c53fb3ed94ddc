import type { ProviderName } from '../../core/failure/provider.js';

/**
 * The providers that take tags and metadata of ours, over their API or in headers of theirs.
 *
 * @publicApi
 */
export const LABEL_PROVIDERS = [
  'ses',
  'mailchimp',
  'mailgun',
  'sparkpost',
  'postmark',
  'sendgrid',
  'resend',
  'brevo',
] as const satisfies readonly ProviderName[];

/** One of {@link LABEL_PROVIDERS}. @publicApi */
export type LabelProvider = (typeof LABEL_PROVIDERS)[number];

/**
 * What a provider can be told of a mail: its tags, its metadata, and the relay's id of it. They come back with the
 * provider's webhooks.
 *
 * @publicApi
 */
export const MAIL_LABELS = ['tags', 'metadata', 'mailId'] as const;

/** One of {@link MAIL_LABELS}. @publicApi */
export type MailLabel = (typeof MAIL_LABELS)[number];
