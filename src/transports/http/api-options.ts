import { isIP } from 'node:net';
import { MailRelayError } from '../../core/mail-relay-error.js';
import type { MailLabel } from '../provider-labels/label-provider.js';
import { resolveMailLabels } from '../provider-labels/provider-option.js';
import { refuseUnknownOptions } from '../unknown-options.js';

/** What every transport over an API takes. @publicApi */
export interface ApiTransportOptions {
  /** Unique within the relay. @default 'default' */
  readonly name?: string | undefined;
  /** What the provider is told of a mail. What it cannot take makes the mail fail. @default all: tags, metadata, mailId */
  readonly labels?: readonly MailLabel[] | undefined;
  /** For one request, from the look-up of the host to the end of the answer, milliseconds. @default 60 seconds */
  readonly timeoutMs?: number | undefined;
  /** Another address of the API: an https URL, or one of this machine. @default the provider's own */
  readonly baseUrl?: string | undefined;
}

/** {@link ApiTransportOptions}, checked and complete. @internal */
export interface ApiSettings {
  readonly name: string;
  readonly labels: ReadonlySet<MailLabel>;
  readonly timeoutMs: number;
  /** Without the final slash. */
  readonly baseUrl: string;
}

/** Told what is wrong with an option, without its value. @internal */
export type OptionProblem = (option: string, says: string) => void;

const SHARED = ['name', 'labels', 'timeoutMs', 'baseUrl'];
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Checks the options of a transport over an API.
 *
 * @param what the function's name, for errors
 * @param own the options that only this provider has
 * @param check reports what is wrong with these, and returns the address of the API
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS` naming every problem at once, never a value
 * @internal
 */
export function resolveApiOptions<T extends ApiTransportOptions>(
  what: string,
  options: T,
  own: readonly (keyof T & string)[],
  check: (problem: OptionProblem) => string,
): ApiSettings {
  refuseUnknownOptions(what, options, [...SHARED, ...own]);
  const problems: string[] = [];
  let field: string | undefined;
  const problem: OptionProblem = (option, says) => {
    field ??= option;
    problems.push(`${option} ${says}`);
  };
  const name = options.name ?? 'default';
  if (typeof name !== 'string' || name.trim() === '') {
    problem('name', 'is empty; give the transport a name, or leave the option out');
  }
  const labels = resolveMailLabels(options.labels, (says) => problem('labels', says));
  const timeoutMs = options.timeoutMs ?? 60_000;
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS) {
    problem('timeoutMs', 'must be a whole number of milliseconds, 1 to 2147483647');
  }
  const usual = check(problem);
  const baseUrl = options.baseUrl ?? usual;
  if (!isSafeUrl(baseUrl)) {
    problem(
      'baseUrl',
      'is not an https URL without credentials, query and fragment; http is for this machine alone',
    );
  }
  if (problems.length > 0) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_OPTIONS',
      `The options of ${what}() cannot be used: ${problems.join('. ')}.`,
      { field },
    );
  }
  return { name, labels, timeoutMs, baseUrl: baseUrl.replace(/\/+$/, '') };
}

/**
 * Checks a key: one that has lost its end, or has a line end of its own, would be sent as something else.
 *
 * @internal
 */
export function checkKey(option: string, value: unknown, problem: OptionProblem): void {
  if (typeof value !== 'string' || value === '') {
    problem(option, 'is missing; give the key that the provider made for this application');
  } else if (!/^[\x21-\x7e]{1,512}$/.test(value)) {
    problem(
      option,
      'holds a space, a line end or another character that no key has; check where it is read from',
    );
  }
}

function isSafeUrl(text: unknown): boolean {
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username !== '' || password !== '' || search !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isThisMachine(hostname));
}

function isThisMachine(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
