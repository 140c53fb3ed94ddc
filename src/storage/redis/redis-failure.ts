import { errorField } from '../../core/failure/error-field.js';
import { MailRelayError } from '../../core/mail-relay-error.js';

/** What Redis says when it answers, but does not do what it is asked to; each goes away by itself or by its operator. */
const REFUSALS = [
  'READONLY',
  'OOM',
  'MISCONF',
  'LOADING',
  'BUSY',
  'NOAUTH',
  'WRONGPASS',
  'NOPERM',
  'NOREPLICAS',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'MOVED',
  'ASK',
  'UNKILLABLE',
];

/** The word with which Redis refuses; undefined for anything else. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  // A script says where it failed before it says why.
  return REFUSALS.find((word) => new RegExp(`(^|[\\s-])${word}\\b`).test(error.message));
}

/**
 * Why a connection cannot be used, in a word. Never the error itself: one about a password holds the password.
 */
export function troubleOf(error: unknown): string | undefined {
  return refusalOf(error) ?? errorField(error, 'code');
}

/** True when no answer came because the connection was lost or never there. */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof Error && error.name !== 'ReplyError' && !(error instanceof TypeError);
}

/** What is known of a call that had no success. */
export interface UnansweredCall {
  /** What was to be done, as in "could not ...". */
  readonly what: string;
  /** True when Redis may have done it although no answer came. */
  readonly unknown: boolean;
  readonly mailId?: string | undefined;
  readonly cause?: unknown;
  /** Why the connection cannot be used, as {@link troubleOf} tells. */
  readonly trouble?: string | undefined;
}

export function spoolUnavailable({ what, unknown, mailId, cause, trouble }: UnansweredCall): MailRelayError {
  const refusal = refusalOf(cause);
  const noAnswer = trouble === undefined ? 'Redis does not answer' : `Redis does not answer (${trouble})`;
  const why = refusal ? `Redis refuses with ${refusal}` : noAnswer;
  const mail = mailId === undefined ? '' : ` of mail ${mailId}`;
  const result = unknown
    ? `The result${mail} is unknown: it may have been done. Repeating it with the same idempotencyKey is safe.`
    : 'Nothing was done; try again later.';
  return new MailRelayError(
    'ERR_MAIL_RELAY_SPOOL_UNAVAILABLE',
    `The spool could not ${what}: ${why}. ${result}`,
    { cause },
  );
}
