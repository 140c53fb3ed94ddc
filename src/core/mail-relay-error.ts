/**
 * Every code a {@link MailRelayError} can carry. A code is stable over minor versions: tests and handlers may
 * rely on it, never on the message.
 *
 * @publicApi
 */
export const MAIL_RELAY_ERROR_CODES = [
  'ERR_MAIL_RELAY_ADDRESS',
  'ERR_MAIL_RELAY_ATTACHMENT',
  'ERR_MAIL_RELAY_BULK_SOURCE',
  'ERR_MAIL_RELAY_CLAIM_LOST',
  'ERR_MAIL_RELAY_CLOSED',
  'ERR_MAIL_RELAY_DRAFT',
  'ERR_MAIL_RELAY_DUPLICATE_RELAY',
  'ERR_MAIL_RELAY_FACT',
  'ERR_MAIL_RELAY_IDEMPOTENCY_CONFLICT',
  'ERR_MAIL_RELAY_JOURNAL',
  'ERR_MAIL_RELAY_LISTENER',
  'ERR_MAIL_RELAY_MESSAGE_TOO_LARGE',
  'ERR_MAIL_RELAY_NOT_SENT',
  'ERR_MAIL_RELAY_NO_WORKER',
  'ERR_MAIL_RELAY_OPTIONS',
  'ERR_MAIL_RELAY_PACKAGE_MISSING',
  'ERR_MAIL_RELAY_POLICY_REJECTED',
  'ERR_MAIL_RELAY_SPOOL_FULL',
  'ERR_MAIL_RELAY_SPOOL_IN_USE',
  'ERR_MAIL_RELAY_SPOOL_UNAVAILABLE',
  'ERR_MAIL_RELAY_SPOOL_VERSION',
  'ERR_MAIL_RELAY_SUPPRESSION',
  'ERR_MAIL_RELAY_TEMPLATE',
  'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND',
  'ERR_MAIL_RELAY_TEMPLATE_RENDER',
  'ERR_MAIL_RELAY_TENANT_UNAVAILABLE',
  'ERR_MAIL_RELAY_TENANT_UNKNOWN',
  'ERR_MAIL_RELAY_UNKNOWN_TRANSPORT',
] as const;

/** One of {@link MAIL_RELAY_ERROR_CODES}. @publicApi */
export type MailRelayErrorCode = (typeof MAIL_RELAY_ERROR_CODES)[number];

/** What a {@link MailRelayError} tells besides code and message. @publicApi */
export interface MailRelayErrorDetails {
  /** The field of the draft or the option that is wrong, as a path: `to[1]`, `transports[0].url`. */
  readonly field?: string | undefined;
  /** What led to this error, kept for logs. */
  readonly cause?: unknown;
}

const BRAND = Symbol.for('nestjs-mail-relay.MailRelayError');

/**
 * Thrown for misuse, misconfiguration, a broken template or an unreachable store. A delivery failure is a
 * value in a `DeliveryReport`, never this error. Recognise it by `code`, or by {@link MailRelayError.is} where
 * two copies of the package may be loaded.
 *
 * The message says what was asked, what is the case and what to do; it never holds an address, a body or a
 * secret.
 *
 * @publicApi
 */
export class MailRelayError extends Error {
  readonly code: MailRelayErrorCode;
  readonly field?: string;

  constructor(code: MailRelayErrorCode, message: string, details: MailRelayErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'MailRelayError';
    this.code = code;
    if (details.field !== undefined) this.field = details.field;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for a `MailRelayError` of any copy of this package, with the given code when one is given. */
  static is(error: unknown, code?: MailRelayErrorCode): error is MailRelayError {
    return (
      typeof error === 'object' &&
      error !== null &&
      (error as Record<symbol, unknown>)[BRAND] === true &&
      (code === undefined || (error as MailRelayError).code === code)
    );
  }
}
