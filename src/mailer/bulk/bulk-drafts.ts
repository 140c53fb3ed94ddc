import { createHash } from 'node:crypto';
import type { MailDraft } from '../../core/mail/mail-draft.js';
import type { BulkRecipient } from './queue-many-options.js';

/** A draft as the bulk makes it of an item of its source, and the key that tells it from the others. */
export interface BulkDraft {
  readonly draft: unknown;
  readonly key: string | undefined;
}

/** Makes a draft of an item of a source. */
export type MakeBulkDraft<Item> = (item: Item, index: number) => BulkDraft;

/** Every item is a draft. */
export function draftAsGiven(bulkId: string | undefined): MakeBulkDraft<MailDraft> {
  return (draft, index) => {
    const key: unknown = isRecord(draft) ? draft['idempotencyKey'] : undefined;
    if (bulkId === undefined || !isRecord(draft)) {
      return { draft, key: typeof key === 'string' ? key : undefined };
    }
    return withKey(draft, bulkId, key ?? `#${index}`);
  };
}

/** Every item is a recipient of one draft. */
export function draftForRecipient(
  shared: MailDraft,
  bulkId: string | undefined,
): MakeBulkDraft<BulkRecipient> {
  return (recipient) => {
    if (!isRecord(recipient)) return { draft: recipient, key: undefined };
    const { to, context, locale = shared.locale, key } = recipient;
    const draft = {
      ...shared,
      to,
      locale,
      ...((shared.context ?? context) !== undefined && { context: { ...shared.context, ...context } }),
    };
    if (bulkId === undefined) {
      return key === undefined ? { draft, key } : { draft: { ...draft, idempotencyKey: key }, key };
    }
    return withKey(draft, bulkId, key ?? digest(to));
  };
}

function withKey(draft: object, bulkId: string, key: unknown): BulkDraft {
  return typeof key === 'string'
    ? { draft: { ...draft, idempotencyKey: `${bulkId}:${key}` }, key }
    : { draft: { ...draft, idempotencyKey: key }, key: undefined };
}

/** Keys stand in logs of stores; addresses do not. */
function digest(to: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(to) ?? '')
    .digest('base64url')
    .slice(0, 22);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> & object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
