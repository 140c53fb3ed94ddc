import { request } from 'node:https';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { refuseUnknownOptions } from '../unknown-options.js';
import type { AccessTokenSource } from './smtp-options.js';

/** Where access tokens come from, and for whom. @publicApi */
export interface OAuth2TokenOptions {
  /** The token endpoint of the provider, `https://`. */
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** With it the grant is `refresh_token`, without it `client_credentials`. */
  readonly refreshToken?: string | undefined;
  readonly scope?: string | undefined;
  /** Authorities to trust instead of the well-known ones, in PEM. */
  readonly ca?: string | readonly string[] | undefined;
  /** @default 10 seconds */
  readonly timeoutMs?: number | undefined;
}

const OPTION_NAMES = [
  'tokenUrl',
  'clientId',
  'clientSecret',
  'refreshToken',
  'scope',
  'ca',
  'timeoutMs',
] as const satisfies readonly (keyof OAuth2TokenOptions)[];

/** A token is used no longer than until this much before its end. */
const MARGIN_MS = 60_000;
const DEFAULT_LIFETIME_SECONDS = 3_600;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * A source of access tokens for `smtp({ auth: { user, accessToken } })`: asks the provider's token endpoint, keeps the
 * token while it is good, and asks once however many connections are waiting. The endpoint's certificate is always
 * checked, and redirects are not followed.
 *
 * @example
 * ```ts
 * smtp({
 *   host: 'smtp.gmail.com',
 *   auth: {
 *     user: 'shop@acme.test',
 *     accessToken: oauth2Token({ tokenUrl: 'https://oauth2.googleapis.com/token', clientId, clientSecret, refreshToken }),
 *   },
 * })
 * ```
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS`
 * @see RFC 6749 §4.4, §6
 * @publicApi
 */
export function oauth2Token(options: OAuth2TokenOptions): AccessTokenSource {
  refuseUnknownOptions('oauth2Token', options, OPTION_NAMES);
  const url = URL.canParse(options.tokenUrl) ? new URL(options.tokenUrl) : undefined;
  // The secret and the token would go in clear. The URL is not quoted: it may hold credentials.
  if (url?.protocol !== 'https:') throw problem('tokenUrl', 'is not an https:// URL');
  if (typeof options.clientId !== 'string' || options.clientId === '')
    throw problem('clientId', 'is missing');
  if (options.refreshToken === undefined && options.clientSecret === undefined) {
    throw problem('clientSecret', 'is missing; give it, or a refreshToken');
  }
  let current: { readonly token: string; readonly goodUntil: number } | undefined;
  let asking: Promise<string> | undefined;

  const ask = async (): Promise<string> => {
    const { token, lifetimeSeconds } = readAnswer(await post(url, options));
    const askedAt = performance.now();
    current = { token, goodUntil: askedAt + lifetimeSeconds * 1000 - MARGIN_MS };
    return token;
  };
  return (refused) => {
    const isGood =
      current !== undefined && current.token !== refused && performance.now() < current.goodUntil;
    if (isGood && current !== undefined) return current.token;
    asking ??= ask().finally(() => (asking = undefined));
    return asking;
  };
}

function post(url: URL, options: OAuth2TokenOptions): Promise<string> {
  const { clientId, clientSecret, refreshToken, scope, ca, timeoutMs = 10_000 } = options;
  const form = new URLSearchParams({ client_id: clientId });
  form.set('grant_type', refreshToken === undefined ? 'client_credentials' : 'refresh_token');
  if (clientSecret !== undefined) form.set('client_secret', clientSecret);
  if (refreshToken !== undefined) form.set('refresh_token', refreshToken);
  if (scope !== undefined) form.set('scope', scope);
  const body = form.toString();
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
        accept: 'application/json',
      },
      // Whatever the environment says: who asks here sends a secret.
      rejectUnauthorized: true,
      signal: AbortSignal.timeout(timeoutMs),
      ...(ca !== undefined && { ca: typeof ca === 'string' ? ca : [...ca] }),
    });
    asked.on('error', reject);
    asked.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error('The token endpoint answered too much.'));
        else chunks.push(chunk);
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        // Its text may repeat what was sent.
        else reject(new Error(`The token endpoint answered with status ${response.statusCode ?? 0}.`));
      });
    });
    asked.end(body);
  });
}

function readAnswer(json: string): { readonly token: string; readonly lifetimeSeconds: number } {
  const answer: unknown = JSON.parse(json);
  const token = field(answer, 'access_token');
  if (typeof token !== 'string' || token === '')
    throw new Error('The token endpoint answered without a token.');
  const lifetime = Number(field(answer, 'expires_in') ?? DEFAULT_LIFETIME_SECONDS);
  return { token, lifetimeSeconds: Number.isFinite(lifetime) ? lifetime : DEFAULT_LIFETIME_SECONDS };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function problem(option: string, says: string): MailRelayError {
  return new MailRelayError('ERR_MAIL_RELAY_OPTIONS', `oauth2Token() cannot be used: ${option} ${says}.`, {
    field: option,
  });
}
