import { normaliseDomain } from '../core/address/address-domain.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import { MAX_PER_SECOND, RATE_PERIODS_MS, type RateLimits } from '../core/rate-limits.js';
import { assertDkimKey } from '../transports/dkim-signer.js';
import type { DkimKey } from '../transports/dkim-key.js';
import type { TransportDefinition } from '../transports/transport-definition.js';
import { transportFromUrl } from '../transports/transport-url.js';
import type { TenantSettings } from './tenant-resolver.js';

/** {@link TenantSettings}, checked. */
export interface ResolvedTenant {
  readonly version: string;
  readonly definition?: TransportDefinition | undefined;
  /** In lower-case A-labels. */
  readonly domains: ReadonlySet<string>;
  readonly dkim: readonly DkimKey[];
  readonly limits?: RateLimits | undefined;
}

/**
 * Checks what a resolver said about a tenant.
 *
 * @param localDomains domains without a dot that are allowed
 * @throws MailRelayError naming the field, never a value
 */
export function readTenant(given: TenantSettings, localDomains: readonly string[]): ResolvedTenant {
  const { version, domains, limits } = given;
  if ((typeof version !== 'string' && typeof version !== 'number') || version === '') {
    throw wrong('version', 'is missing: give what changes with the transport, a counter or a time');
  }
  if (!Array.isArray(domains) || domains.length === 0) {
    throw wrong('domains', 'names no domain: give those the tenant may send from');
  }
  const dkim = given.dkim === undefined ? [] : [given.dkim].flat();
  for (const key of dkim) assertDkimKey(key, 'dkim');
  return {
    version: String(version),
    definition: given.transport === undefined ? undefined : readTransport(given.transport),
    domains: new Set(domains.map((domain) => normaliseDomain(domain, 'domains', { localDomains }))),
    dkim,
    limits: limits && readLimits(limits),
  };
}

function readTransport(given: string | TransportDefinition): TransportDefinition {
  if (typeof given === 'string') return transportFromUrl(given);
  if (typeof given !== 'object' || given === null || typeof given.open !== 'function')
    throw wrong('transport', 'is none: give a URL, or what smtp() and the others return');
  if (given.limits !== undefined)
    throw wrong('transport.limits', 'would not be kept to: give them as the limits of the tenant');
  return given;
}

function readLimits(given: RateLimits): RateLimits {
  for (const [field, max] of Object.entries(given) as [string, unknown][]) {
    if (max === undefined) continue;
    if (!Object.hasOwn(RATE_PERIODS_MS, field))
      throw wrong(`limits.${field}`, 'is no limit: use perSecond to perMonth');
    if (!Number.isInteger(max) || Number(max) < 1)
      throw wrong(`limits.${field}`, 'must be a whole number of 1 or more');
    if (field === 'perSecond' && Number(max) > MAX_PER_SECOND)
      throw wrong('limits.perSecond', `must be at most ${MAX_PER_SECOND}; use perMinute for more`);
  }
  return given;
}

function wrong(field: string, says: string): MailRelayError {
  return new MailRelayError('ERR_MAIL_RELAY_OPTIONS', `${field} ${says}`, { field });
}
