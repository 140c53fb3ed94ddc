import type { TransportRequest } from '../mail-transport.js';
import type { MailLabel } from './label-provider.js';

/**
 * Under this name the relay's id of a mail stands beside its metadata, so that a webhook leads back to the mail.
 *
 * @internal
 */
export const MAIL_ID_KEY = 'relay_mail_id';

/** What a provider is told of a mail. @internal */
export interface ToldLabels {
  readonly tags: readonly string[];
  /** With the mail's id under {@link MAIL_ID_KEY}. */
  readonly metadata: readonly (readonly [key: string, value: string])[];
}

/**
 * Gathers what the application wants a provider to be told.
 *
 * @returns undefined when the metadata uses the name that the mail's id needs
 * @internal
 */
export function toldLabels(
  { tags, metadata, mailId }: Pick<TransportRequest, 'tags' | 'metadata' | 'mailId'>,
  chosen: ReadonlySet<MailLabel>,
): ToldLabels | undefined {
  const entries = chosen.has('metadata') ? Object.entries(metadata) : [];
  if (!chosen.has('mailId')) return { tags: chosen.has('tags') ? tags : [], metadata: entries };
  if (entries.some(([key]) => key.toLowerCase() === MAIL_ID_KEY)) return undefined;
  return { tags: chosen.has('tags') ? tags : [], metadata: [[MAIL_ID_KEY, mailId], ...entries] };
}
