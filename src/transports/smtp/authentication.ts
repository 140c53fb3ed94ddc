import { isAccessToken } from './access-token.js';
import { ask, type Asked } from './ask.js';
import type { EhloCapabilities } from './ehlo-capabilities.js';
import { beginSasl, usableMechanisms, type Credentials } from './sasl.js';
import type { SmtpErrorEvidence } from './smtp-error-evidence.js';
import type { SmtpAuth, SmtpSettings } from './smtp-options.js';
import type { SmtpWire } from './smtp-wire.js';

/** More challenges than any mechanism has. */
const MAX_CHALLENGES = 4;
/** The server knows the name of a mechanism, but not the mechanism (RFC 5321 §4.2.4, RFC 4954 §4). */
const NO_SUCH_MECHANISM: ReadonlySet<number> = new Set([500, 501, 502, 504]);

/**
 * Shows the server who we are. Resolves with what went wrong, or with nothing.
 *
 * @see RFC 4954
 * @internal
 */
export async function authenticate(
  wire: SmtpWire,
  settings: SmtpSettings,
  auth: SmtpAuth,
  { authMechanisms }: EhloCapabilities,
): Promise<SmtpErrorEvidence | undefined> {
  const mechanisms = usableMechanisms(authMechanisms, 'pass' in auth ? 'pass' : 'token');
  const [first, ...others] = mechanisms;
  if (first === undefined) return { provenance: 'local', stage: 'auth', errorCode: 'EAUTHMISSING' };
  const credentials = await credentialsOf(auth);
  if (credentials === undefined) return { provenance: 'local', stage: 'auth', errorCode: 'EOAUTH2' };

  let answer = await run(wire, settings, first, credentials);
  // Offered, and then unknown: another one may do.
  for (const mechanism of others) {
    if (answer.ok || !NO_SUCH_MECHANISM.has(answer.evidence.reply?.code ?? 0)) break;
    answer = await run(wire, settings, mechanism, credentials);
  }
  if (!answer.ok && answer.evidence.reply?.code === 535 && wire.ended === undefined) {
    // A token may have been withdrawn before its time.
    const renewed = 'token' in credentials ? await credentialsOf(auth, credentials.token) : undefined;
    if (renewed !== undefined && 'token' in renewed && 'token' in credentials) {
      if (renewed.token !== credentials.token) answer = await run(wire, settings, first, renewed);
    }
  }
  return answer.ok ? undefined : answer.evidence;
}

async function run(
  wire: SmtpWire,
  settings: SmtpSettings,
  mechanism: string,
  credentials: Credentials,
): Promise<Asked> {
  const dialogue = beginSasl(mechanism, credentials);
  if (dialogue === undefined) return failed('EAUTHMISSING');
  const initial = dialogue.initial === undefined ? '' : ` ${dialogue.initial.toString('base64')}`;
  let command = `AUTH ${mechanism}${initial}`;
  for (let challenges = 0; challenges <= MAX_CHALLENGES; challenges++) {
    const answer = await ask(
      wire,
      settings.replyTimeoutMs,
      'auth',
      command,
      (code) => code === 235 || code === 334,
    );
    if (!answer.ok || answer.reply.code === 235) return answer;
    const response = dialogue.answer(Buffer.from(answer.reply.raw.slice(4), 'base64'));
    // A lone asterisk gives up (RFC 4954 §4).
    command = response === undefined ? '*' : response.toString('base64');
  }
  return failed('EAUTH');
}

function failed(errorCode: string): Asked {
  return { ok: false, evidence: { provenance: 'local', stage: 'auth', errorCode } };
}

/** @param refused a token that the server did not take */
async function credentialsOf(auth: SmtpAuth, refused?: string): Promise<Credentials | undefined> {
  if ('pass' in auth) return { user: auth.user, pass: auth.pass };
  const { user, accessToken } = auth;
  if (typeof accessToken === 'string')
    return refused === undefined ? { user, token: accessToken } : undefined;
  try {
    const token: unknown = await accessToken(refused);
    // Whatever the application gives, it must not become a command of its own.
    return isAccessToken(token) ? { user, token } : undefined;
  } catch {
    // Its error may quote a secret; that there is no token is all that may be told.
    return undefined;
  }
}
