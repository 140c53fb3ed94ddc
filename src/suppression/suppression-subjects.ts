import { createHmac } from 'node:crypto';
import { domainOf, parseAddrSpec } from '../core/address/address.js';
import type { AddressRules } from '../core/address/address-rules.js';
import { normaliseDomain } from '../core/address/address-domain.js';
import type { Suppression } from './suppression.js';

const HASH = 'hmac:';
const HASHED = /^hmac:[A-Za-z0-9_-]{43}$/;

/**
 * What entries are kept under. An address is matched whatever the case of its letters, as mail servers do; nothing else
 * is folded: dots and tags make another address.
 */
export class SuppressionSubjects {
  readonly #keys: readonly string[];
  readonly #rules: AddressRules;

  /** @param keys the first one is used for new entries, all of them for looking up */
  constructor(keys: readonly string[], rules: AddressRules) {
    this.#keys = keys;
    this.#rules = rules;
  }

  /** @throws MailRelayError `ERR_MAIL_RELAY_ADDRESS` */
  parseAddress(text: unknown, field: string): string {
    return parseAddrSpec(text, field, this.#rules).toLowerCase();
  }

  /** @throws MailRelayError `ERR_MAIL_RELAY_ADDRESS` */
  parseDomain(text: string, field: string): string {
    return normaliseDomain(text, field, this.#rules);
  }

  /** What a new entry of an address is kept under. */
  ofAddress(address: string): string {
    const [key] = this.#keys;
    return key === undefined ? address.toLowerCase() : hash(key, address);
  }

  /**
   * Everything an entry may be kept under that concerns this address: also what was stored before there was a key, or
   * under an earlier one.
   */
  allOf(address: string): readonly string[] {
    return [...this.namesOf(address), domainOf(address)];
  }

  /** The same without its domain. */
  namesOf(address: string): readonly string[] {
    return [address.toLowerCase(), ...this.#keys.map((key) => hash(key, address))];
  }
}

/** True for what stands for an address. */
export function isHashedSubject(text: string): boolean {
  return HASHED.test(text);
}

/** A subject by what it is. */
export function describeSubject(subject: string): Pick<Suppression, 'address' | 'domain' | 'hash'> {
  if (subject.startsWith(HASH)) return { hash: subject };
  return subject.includes('@') ? { address: subject } : { domain: subject };
}

function hash(key: string, address: string): string {
  return HASH + createHmac('sha256', key).update(`suppression\0${address.toLowerCase()}`).digest('base64url');
}
