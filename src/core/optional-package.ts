import { MailRelayError } from './mail-relay-error.js';

/**
 * Loads what only some applications need, and install themselves.
 *
 * @param what the function or the part of the relay that needs it, for the error
 * @param packages as they are installed, with the version where it matters: `prom-client@15`
 * @throws MailRelayError `ERR_MAIL_RELAY_PACKAGE_MISSING` with the line that installs them
 * @internal
 */
export async function loadOptional<Loaded>(
  what: string,
  packages: string,
  load: () => Promise<Loaded>,
): Promise<Loaded> {
  try {
    return await load();
  } catch (cause) {
    throw packageMissing(what, packages, cause);
  }
}

/** The error that such a package is not there. @internal */
export function packageMissing(what: string, packages: string, cause: unknown): MailRelayError {
  const isMissing =
    cause instanceof Error && 'code' in cause && String(cause.code).endsWith('MODULE_NOT_FOUND');
  const told = isMissing ? 'not installed. Install it' : 'installed and cannot be loaded. Install it anew';
  return new MailRelayError(
    'ERR_MAIL_RELAY_PACKAGE_MISSING',
    `${what} needs ${packages}, which is ${told}: npm install ${packages}`,
    { cause },
  );
}
