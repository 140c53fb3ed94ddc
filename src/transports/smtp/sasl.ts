import { createHmac } from 'node:crypto';

/** What proves who we are. @internal */
export type Credentials =
  { readonly user: string; readonly pass: string } | { readonly user: string; readonly token: string };

/** One SASL exchange, from our side. @internal */
export interface SaslDialogue {
  /** Sent with AUTH itself; undefined where the server speaks first. */
  readonly initial: Buffer | undefined;
  /** The answer to a challenge; undefined when none makes sense. */
  answer(challenge: Buffer): Buffer | undefined;
}

type Begin = (credentials: Credentials) => SaslDialogue | undefined;

/** In order of preference. All but CRAM-MD5 rely on TLS, without which there is no AUTH here. */
const MECHANISMS: ReadonlyMap<string, Begin> = new Map<string, Begin>([
  ['OAUTHBEARER', oauthBearer],
  ['XOAUTH2', xoauth2],
  ['PLAIN', plain],
  ['LOGIN', login],
  ['CRAM-MD5', cramMd5],
]);

/** What a server may be told: the mechanisms that it offers and that fit the credentials, the best first. @internal */
export function usableMechanisms(offered: ReadonlySet<string>, kind: 'pass' | 'token'): readonly string[] {
  const names = [...MECHANISMS.keys()].filter((name) => offered.has(name));
  return names.filter((name) => (name.includes('OAUTH') ? kind === 'token' : kind === 'pass'));
}

/** @internal */
export function beginSasl(mechanism: string, credentials: Credentials): SaslDialogue | undefined {
  return MECHANISMS.get(mechanism)?.(credentials);
}

/** @see RFC 4616 */
function plain(credentials: Credentials): SaslDialogue | undefined {
  if (!('pass' in credentials)) return undefined;
  return sayOnce(`\0${credentials.user}\0${credentials.pass}`);
}

/** Never standardised, and still all that some servers know. */
function login(credentials: Credentials): SaslDialogue | undefined {
  if (!('pass' in credentials)) return undefined;
  // By order, not by prompt: servers word and translate these as they like.
  const answers = [credentials.user, credentials.pass];
  return {
    initial: undefined,
    answer: () => {
      const next = answers.shift();
      return next === undefined ? undefined : Buffer.from(next);
    },
  };
}

/** @see RFC 2195 */
function cramMd5(credentials: Credentials): SaslDialogue | undefined {
  if (!('pass' in credentials)) return undefined;
  const { user, pass } = credentials;
  let asked = false;
  return {
    initial: undefined,
    answer: (challenge) => {
      if (asked) return undefined;
      asked = true;
      return Buffer.from(`${user} ${createHmac('md5', pass).update(challenge).digest('hex')}`);
    },
  };
}

/** What Google and Microsoft ask for. */
function xoauth2(credentials: Credentials): SaslDialogue | undefined {
  if (!('token' in credentials)) return undefined;
  const { user, token } = credentials;
  return { ...sayOnce(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`), answer: () => Buffer.alloc(0) };
}

/** @see RFC 7628 */
function oauthBearer(credentials: Credentials): SaslDialogue | undefined {
  if (!('token' in credentials)) return undefined;
  const user = credentials.user.replaceAll('=', '=3D').replaceAll(',', '=2C');
  // The challenge tells why the token was refused; the answer only asks for the refusal itself (§3.2.3).
  return {
    ...sayOnce(`n,a=${user},\u0001auth=Bearer ${credentials.token}\u0001\u0001`),
    answer: () => Buffer.of(1),
  };
}

function sayOnce(text: string): SaslDialogue {
  return { initial: Buffer.from(text), answer: () => undefined };
}
