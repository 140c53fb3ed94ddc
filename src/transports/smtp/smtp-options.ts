import { hostname } from 'node:os';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { MailRelayError } from '../../core/mail-relay-error.js';
import type { LabelProvider } from '../provider-labels/label-provider.js';
import {
  resolveProviderOption,
  type ProviderLabelSettings,
  type SmtpProviderOptions,
} from '../provider-labels/provider-option.js';
import type { TransportLimits } from '../transport-definition.js';
import { refuseUnknownOptions } from '../unknown-options.js';
import { isAccessToken } from './access-token.js';

const OPTION_NAMES = [
  'name',
  'url',
  'host',
  'port',
  'secure',
  'auth',
  'requireTLS',
  'allowPlaintextAuth',
  'tls',
  'ehloName',
  'localAddress',
  'maxConnections',
  'maxMessagesPerConnection',
  'maxConnectionAgeMs',
  'idleTimeoutMs',
  'connectTimeoutMs',
  'greetingTimeoutMs',
  'replyTimeoutMs',
  'provider',
  'limits',
] as const satisfies readonly (keyof SmtpTransportOptions)[];

/** What an application says about an SMTP relay. @publicApi */
export interface SmtpTransportOptions {
  /** Unique within the relay. @default 'default' */
  readonly name?: string | undefined;
  /** How much the relay gives to it. */
  readonly limits?: TransportLimits | undefined;
  /**
   * `smtp://user:pass@host:port`, or `smtps://` for TLS from the first octet. User and password are
   * percent-encoded. Instead of `host`, `port`, `secure` and `auth`.
   */
  readonly url?: string | undefined;
  /** @default 'localhost' */
  readonly host?: string | undefined;
  /** @default 465 when `secure`, else 587 (RFC 6409, RFC 8314) */
  readonly port?: number | undefined;
  /** TLS from the first octet. @default false, which still uses STARTTLS where it is offered */
  readonly secure?: boolean | undefined;
  /** Credentials. With them AUTH must succeed before any mail is given. */
  readonly auth?: SmtpAuth | undefined;
  /** Give no mail to a server that cannot encrypt. @default true with `auth`, else false */
  readonly requireTLS?: boolean | undefined;
  /** Send credentials in clear text to a server on this very machine. Refused for any other host. @default false */
  readonly allowPlaintextAuth?: boolean | undefined;
  /** How the server's certificate is judged. */
  readonly tls?: SmtpTlsOptions | undefined;
  /** The name given with EHLO: a domain or an address literal. @default the machine's full name, else `[127.0.0.1]` */
  readonly ehloName?: string | undefined;
  /** The own IP address to connect from. */
  readonly localAddress?: string | undefined;
  /** Connections open at a time. @default 5 */
  readonly maxConnections?: number | undefined;
  /** Messages given over one connection. @default 100 */
  readonly maxMessagesPerConnection?: number | undefined;
  /** How long one connection is used. @default 5 minutes */
  readonly maxConnectionAgeMs?: number | undefined;
  /** How long a connection waits for the next message. @default 30 seconds */
  readonly idleTimeoutMs?: number | undefined;
  /** Time for TCP, and for TLS where `secure`. @default 30 seconds */
  readonly connectTimeoutMs?: number | undefined;
  /** Time from the connection to a session ready for mail: greeting, EHLO, STARTTLS, AUTH. @default 60 seconds */
  readonly greetingTimeoutMs?: number | undefined;
  /**
   * Time for the answer to a command, however slowly its octets come, and for the server to take more of a message.
   * Then the session counts as dead. Less than the 10 minutes that the final dot may take makes
   * duplicates; the deadline of an attempt is the relay's business.
   *
   * @default 10 minutes
   * @see RFC 5321 §4.5.3.2.6
   */
  readonly replyTimeoutMs?: number | undefined;
  /**
   * Whose relay it is, where it is one of those that read tags and metadata from header fields: they are put into each
   * message, and come back with the provider's webhooks. A mail whose tags or metadata the provider cannot take fails.
   *
   * @default none: tags and metadata stay with the relay
   */
  readonly provider?: LabelProvider | SmtpProviderOptions | undefined;
}

/** A user and a password, or an OAuth 2 token in place of the password. @publicApi */
export type SmtpAuth =
  | { readonly user: string; readonly pass: string }
  | { readonly user: string; readonly accessToken: string | AccessTokenSource };

/**
 * Gives an access token, asked for each new connection: keep the token as long as it is good. `oauth2Token()` makes
 * one.
 *
 * @param refused the token that the server has just refused: a new one is wanted
 * @publicApi
 */
export type AccessTokenSource = (refused?: string) => string | Promise<string>;

/** How the server's certificate is judged: the part of Node's TLS options that matters here. @publicApi */
export interface SmtpTlsOptions {
  /** Authorities to trust instead of the well-known ones, in PEM. */
  readonly ca?: string | readonly string[] | undefined;
  /** @default true */
  readonly rejectUnauthorized?: boolean | undefined;
  /** The name to expect in the certificate. @default the host */
  readonly servername?: string | undefined;
  /** @default 'TLSv1.2' */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
}

/** {@link SmtpTransportOptions}, checked and complete. @internal */
export interface SmtpSettings {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly auth: SmtpAuth | undefined;
  readonly requireTls: boolean;
  readonly plaintextAuth: boolean;
  readonly tls: ConnectionOptions;
  readonly ehloName: string;
  readonly localAddress: string | undefined;
  readonly maxConnections: number;
  readonly maxMessagesPerConnection: number;
  readonly maxConnectionAgeMs: number;
  readonly idleTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly greetingTimeoutMs: number;
  readonly replyTimeoutMs: number;
  readonly provider: ProviderLabelSettings | undefined;
}

interface Problem {
  readonly option: string;
  readonly says: string;
}

const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const DOMAIN =
  /^(?=.{1,255}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/**
 * Checks the options of one SMTP transport and fills in the defaults.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` naming every problem at once, never a value
 * @internal
 */
export function resolveSmtpOptions(options: SmtpTransportOptions): SmtpSettings {
  refuseUnknownOptions('smtp', options, OPTION_NAMES);
  const problems: Problem[] = [];
  const problem = (option: string, says: string) => void problems.push({ option, says });

  const name = options.name ?? 'default';
  if (name.trim() === '') problem('name', 'is empty; give the transport a name, or leave the option out');
  const { host, port, secure, auth } = serverOf(options, problem);
  if (auth !== undefined) checkCredentials(auth, problem);

  const loopback = isLoopbackHost(host);
  const plaintextAuth = options.allowPlaintextAuth ?? false;
  if (plaintextAuth && !loopback) {
    problem(
      'allowPlaintextAuth',
      'is set for a host that is not this machine; remove it and let the server offer TLS',
    );
  }
  if (auth !== undefined && !secure && options.requireTLS === false && !plaintextAuth) {
    problem(
      'requireTLS',
      'is false although there are credentials, which would then travel in clear text; remove it, or set allowPlaintextAuth for a server on this machine',
    );
  }
  if (options.localAddress !== undefined && isIP(options.localAddress) === 0) {
    problem('localAddress', 'is not an IP address; give one of this machine');
  }
  const ehloName = options.ehloName ?? defaultEhloName();
  if (!isEhloName(ehloName)) {
    problem(
      'ehloName',
      'is neither a domain nor an address literal; write it like mail.example.com or [192.0.2.1]',
    );
  }
  const count = (option: 'maxConnections' | 'maxMessagesPerConnection', fallback: number) =>
    checkedNumber(
      option,
      options[option] ?? fallback,
      Number.MAX_SAFE_INTEGER,
      'whole number of 1 or more',
      problem,
    );
  const time = (
    option:
      'maxConnectionAgeMs' | 'idleTimeoutMs' | 'connectTimeoutMs' | 'greetingTimeoutMs' | 'replyTimeoutMs',
    fallback: number,
  ) =>
    checkedNumber(
      option,
      options[option] ?? fallback,
      MAX_TIMEOUT_MS,
      'whole number of milliseconds, 1 to 2147483647',
      problem,
    );

  const settings: SmtpSettings = {
    name,
    host,
    port,
    secure,
    auth,
    requireTls: !secure && (options.requireTLS ?? (auth !== undefined && !plaintextAuth)),
    plaintextAuth,
    tls: tlsOptions(options.tls, host),
    ehloName,
    localAddress: options.localAddress,
    maxConnections: count('maxConnections', 5),
    maxMessagesPerConnection: count('maxMessagesPerConnection', 100),
    maxConnectionAgeMs: time('maxConnectionAgeMs', 5 * 60_000),
    idleTimeoutMs: time('idleTimeoutMs', 30_000),
    connectTimeoutMs: time('connectTimeoutMs', 30_000),
    greetingTimeoutMs: time('greetingTimeoutMs', 60_000),
    replyTimeoutMs: time('replyTimeoutMs', 10 * 60_000),
    provider: resolveProviderOption(options.provider, problem),
  };
  const [first] = problems;
  if (first === undefined) return settings;
  throw new MailRelayError(
    'ERR_MAIL_RELAY_OPTIONS',
    `The options of the SMTP transport "${name}" cannot be used: ${problems.map(({ option, says }) => `${option} ${says}`).join('. ')}.`,
    { field: first.option },
  );
}

/** True for names and addresses that never leave this machine. @internal */
export function isLoopbackHost(host: string): boolean {
  const plain = host.toLowerCase();
  return (
    plain === 'localhost' ||
    plain.endsWith('.localhost') ||
    plain === '::1' ||
    (isIPv4(plain) && plain.startsWith('127.')) ||
    plain.startsWith('::ffff:127.')
  );
}

type Report = (option: string, says: string) => void;

function serverOf(
  options: SmtpTransportOptions,
  problem: Report,
): Pick<SmtpSettings, 'host' | 'port' | 'secure' | 'auth'> {
  if (options.url !== undefined) {
    for (const option of ['host', 'port', 'secure', 'auth'] as const) {
      if (options[option] !== undefined) problem(option, 'is given beside url; keep one of the two');
    }
    return serverOfUrl(options.url, problem);
  }
  const host = options.host ?? 'localhost';
  if (isIP(host) === 0 && !DOMAIN.test(host)) problem('host', 'is neither a host name nor an IP address');
  const secure = options.secure ?? options.port === 465;
  const port = options.port ?? (secure ? 465 : 587);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    problem('port', 'must be a whole number of 1 to 65535');
  return { host, port, secure, auth: options.auth };
}

function serverOfUrl(text: string, problem: Report): Pick<SmtpSettings, 'host' | 'port' | 'secure' | 'auth'> {
  const unusable = { host: 'localhost', port: 587, secure: false, auth: undefined };
  // The parser's error is not kept as a cause: it quotes the URL, and with it the password.
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')) {
    problem(
      'url',
      'is not an SMTP URL; write it like smtp://user:password@host:587, with user and password percent-encoded',
    );
    return unusable;
  }
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) === 0 && !DOMAIN.test(host)) problem('url', 'names no host; write it like smtp://host:587');
  if (url.search !== '' || url.hash !== '' || (url.pathname !== '' && url.pathname !== '/')) {
    problem(
      'url',
      'has a path or a query; put further options beside url, and write / ? # @ : in a password as %2F %3F %23 %40 %3A',
    );
  }
  const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port);
  if (port === 0) problem('url', 'has port 0; name the port of the server');
  if (url.username === '' && url.password === '') return { host, port, secure, auth: undefined };
  try {
    const auth = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
    return { host, port, secure, auth };
  } catch {
    problem('url', 'has credentials that are not percent-encoded; encode them with encodeURIComponent()');
    return unusable;
  }
}

function checkCredentials(auth: SmtpAuth, problem: Report): void {
  checkText('auth.user', auth.user, problem);
  // It separates the fields of XOAUTH2 and OAUTHBEARER (RFC 7628 §3.1).
  if ('accessToken' in auth && typeof auth.user === 'string' && auth.user.includes('\u0001'))
    problem('auth.user', 'holds a U+0001; check where the value is read from');
  if (!('accessToken' in auth)) checkText('auth.pass', auth.pass, problem);
  else if ('pass' in auth) problem('auth.accessToken', 'is given beside auth.pass; keep one of the two');
  else if (typeof auth.accessToken !== 'function' && !isAccessToken(auth.accessToken))
    problem('auth.accessToken', 'is no token; give the text that the provider gave, or a function that does');
}

function checkText(option: string, value: unknown, problem: Report): void {
  if (typeof value !== 'string' || value === '')
    problem(option, 'is missing; give the user and a password or an access token, or no auth at all');
  // NUL separates the fields of SASL PLAIN (RFC 4616 §2), a line end would begin a command of its own.
  else if (/[\0\r\n]/.test(value))
    problem(option, 'holds a NUL or a line end; check where the value is read from');
}

function checkedNumber(option: string, value: number, max: number, wanted: string, problem: Report): number {
  if (!Number.isInteger(value) || value < 1 || value > max) problem(option, `must be a ${wanted}`);
  return value;
}

function tlsOptions(tls: SmtpTlsOptions | undefined, host: string): ConnectionOptions {
  const options: ConnectionOptions = {
    minVersion: tls?.minVersion ?? 'TLSv1.2',
    rejectUnauthorized: tls?.rejectUnauthorized ?? true,
  };
  if (tls?.ca !== undefined) options.ca = typeof tls.ca === 'string' ? tls.ca : [...tls.ca];
  const servername = tls?.servername ?? (isIP(host) === 0 ? host : undefined);
  if (servername !== undefined) options.servername = servername;
  return options;
}

function isEhloName(name: string): boolean {
  if (!name.startsWith('[')) return DOMAIN.test(name);
  const literal = /^\[(IPv6:)?([0-9A-Fa-f.:]+)\]$/.exec(name);
  if (literal === null) return false;
  return literal[1] === undefined ? isIPv4(literal[2] ?? '') : isIPv6(literal[2] ?? '');
}

function defaultEhloName(): string {
  const name = hostname();
  // A name without a dot is not a fully qualified one (RFC 5321 §4.1.4), and many servers refuse it.
  return name.includes('.') && isEhloName(name) ? name : '[127.0.0.1]';
}
