import type { Mail } from '../core/mail/mail.js';
import type { RateLimits } from '../core/rate-limits.js';
import { limitsOf, type Limit, type LimitScope } from './limit.js';
import type { LimitSettings } from './limit-settings.js';

const NONE: readonly Limit[] = [];
/** Names that come with mail and not with the options: more of them are looked up again. */
const MAX_REMEMBERED = 10_000;

/** Limits that were worked out, and what from. */
interface Worked {
  readonly rates: RateLimits;
  readonly limits: readonly Limit[];
}

/** Knows which limits a message goes under. */
export class LimitBook {
  readonly #settings: LimitSettings;
  readonly #tenantLimits: (tenant: string) => RateLimits | undefined;
  readonly #known: Readonly<Record<LimitScope, Map<string, Worked>>> = {
    transport: new Map(),
    stream: new Map(),
    tenant: new Map(),
    domain: new Map(),
  };
  readonly #anyDomain: boolean;

  /** @param tenantLimits what a tenant brings itself: another object once it has changed */
  constructor(settings: LimitSettings, tenantLimits: (tenant: string) => RateLimits | undefined) {
    this.#settings = settings;
    this.#tenantLimits = tenantLimits;
    this.#anyDomain = settings.domains.size > 0;
  }

  limitsFor({ stream, tenant }: Mail, transport: string, domain: string): readonly Limit[] {
    const { transports, streams, domains, perTenant } = this.#settings;
    let limits = this.#remembered('transport', transport, transports.get(transport)?.limits);
    limits = joined(limits, this.#remembered('stream', stream, streams.get(stream)));
    if (tenant !== '') {
      limits = joined(limits, this.#remembered('tenant', tenant, this.#tenantLimits(tenant) ?? perTenant));
    }
    if (!this.#anyDomain) return limits;
    return joined(limits, this.#remembered('domain', domain, domains.get(domain) ?? domains.get('*')));
  }

  #remembered(scope: LimitScope, name: string, rates: RateLimits | undefined): readonly Limit[] {
    if (rates === undefined) return NONE;
    const known = this.#known[scope];
    const found = known.get(name);
    if (found?.rates === rates) return found.limits;
    if (known.size >= MAX_REMEMBERED) known.clear();
    const limits = limitsOf(scope, name, rates);
    known.set(name, { rates, limits });
    return limits;
  }
}

function joined(one: readonly Limit[], other: readonly Limit[]): readonly Limit[] {
  if (other.length === 0) return one;
  return one.length === 0 ? other : [...one, ...other];
}
