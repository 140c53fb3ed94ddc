import { MailRelayError } from '../../core/mail-relay-error.js';

/** How a check refuses a field: `asked` completes "the field must …", `reason` says what is the case and what to do. @internal */
export type Refuse = (field: string, asked: string, reason: string) => never;

/**
 * Throws `ERR_MAIL_RELAY_ATTACHMENT`. Neither text may hold content, a path or an address.
 *
 * @internal
 */
export function refuseAttachment(field: string, asked: string, reason: string, cause?: unknown): never {
  throw new MailRelayError('ERR_MAIL_RELAY_ATTACHMENT', `${field} must ${asked}, but ${reason}`, {
    field,
    cause,
  });
}
