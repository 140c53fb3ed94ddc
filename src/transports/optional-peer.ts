import { createRequire } from 'node:module';
import { MailRelayError } from '../core/mail-relay-error.js';

const require = createRequire(import.meta.url);

/**
 * Checks at boot that a package is there which only some transports need, without loading it.
 *
 * @param what the function that needs it, for the error
 * @throws MailRelayError `ERR_MAIL_RELAY_PACKAGE_MISSING` with the line that installs it
 * @internal
 */
export function assertInstalled(name: string, what: string): void {
  try {
    require.resolve(name);
  } catch (cause) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_PACKAGE_MISSING',
      `${what}() needs the package ${name}, which is not installed. Install it: npm install ${name}`,
      { cause },
    );
  }
}
