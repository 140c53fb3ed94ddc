import { createRequire } from 'node:module';
import { packageMissing } from '../core/optional-package.js';

const require = createRequire(import.meta.url);

/**
 * Checks at boot that a package is there which only some transports need, without loading it.
 *
 * @param what the function that needs it, for the error
 * @throws MailRelayError `ERR_MAIL_RELAY_PACKAGE_MISSING` with the line that installs it
 * @internal
 */
export function assertInstalled(what: string, name: string): void {
  try {
    require.resolve(name);
  } catch (cause) {
    throw packageMissing(what, name, cause);
  }
}
