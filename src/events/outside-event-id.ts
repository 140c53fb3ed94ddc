import { createHash } from 'node:crypto';
import type { BounceKind, OutsideEventType } from './mail-event.js';

/** What tells one fact about a recipient from another. */
export interface OutsideFactIdentity {
  readonly mailId: string;
  /** The recipient's place in the envelope, from 0. */
  readonly place: number;
  readonly type: OutsideEventType | 'bounced';
  readonly occurredAt: Date;
  readonly kind?: BounceKind | undefined;
  readonly url?: string | undefined;
}

/**
 * The id of a fact from outside: the same however often and by whomever it is told.
 *
 * A mail is delivered once, bounces once a kind, and is complained about once, at whatever moment different tellers
 * say that it was. It is opened, clicked, answered and unsubscribed from as often as it has moments.
 */
export function outsideEventId({ mailId, place, type, occurredAt, kind, url }: OutsideFactIdentity): string {
  const base = `${mailId}.${place}.outside.${type}`;
  switch (type) {
    case 'delivered':
    case 'complained':
      return base;
    case 'bounced':
      return `${base}.${kind ?? 'undetermined'}`;
    case 'opened':
    case 'unsubscribed':
    case 'autoreplied':
      return `${base}.${occurredAt.getTime()}`;
    case 'clicked':
      return `${base}.${occurredAt.getTime()}${url === undefined ? '' : `.${digest(url)}`}`;
    default: {
      const never: never = type;
      return never;
    }
  }
}

/** The id of a fact that fits no mail. */
export function unmatchedFactId(
  type: OutsideEventType | 'bounced',
  reference: string,
  recipient: string | undefined,
  occurredAt: Date,
): string {
  return `unmatched.${digest(JSON.stringify([type, reference, recipient ?? '', occurredAt.getTime()]))}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
