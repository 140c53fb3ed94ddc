import { MailRelayError } from './mail-relay-error.js';

/**
 * Throws `ERR_MAIL_RELAY_ADDRESS`. The reason says what is the case and what to do, without the address.
 *
 * @internal
 */
export function refuseAddress(field: string, reason: string): never {
  throw new MailRelayError('ERR_MAIL_RELAY_ADDRESS', `${field} must be one mail address, but ${reason}`, {
    field,
  });
}

/**
 * Throws `ERR_MAIL_RELAY_DRAFT`. `asked` completes "the field must …"; `reason` says what is the case and what to
 * do, without any content of the draft.
 *
 * @internal
 */
export function refuseDraft(field: string, asked: string, reason: string): never {
  throw new MailRelayError('ERR_MAIL_RELAY_DRAFT', `${field} must ${asked}, but ${reason}`, { field });
}
