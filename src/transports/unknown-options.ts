import { MailRelayError } from '../core/mail-relay-error.js';

/**
 * Refuses options of a transport that do not exist: a misspelt one would be a default that nobody asked for.
 *
 * @param what the transport's kind, for the error: `smtp`
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS`
 * @internal
 */
export function refuseUnknownOptions(what: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new MailRelayError('ERR_MAIL_RELAY_OPTIONS', `${what}() takes an object of options.`);
  }
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new MailRelayError(
    'ERR_MAIL_RELAY_OPTIONS',
    `${what}() has no option ${unknown.map((name) => JSON.stringify(name)).join(', ')}. Its options are ${known.join(', ')}.`,
    { field: unknown[0] },
  );
}
