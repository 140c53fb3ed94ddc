import type { Mail } from '../core/mail/mail.js';
import type { RateLimits } from '../core/rate-limits.js';
import { limitsOf, type Limit, type LimitScope } from './limit.js';
import type { LimitSettings } from './limit-settings.js';

const NONE: readonly Limit[] = [];
/** Names that come with mail and not with the options: more of them are looked up again. */
const MAX_REMEMBERED = 10_000;

/** Knows which limits a message goes under. */
export class LimitBook {
  readonly #settings: LimitSettings;
  readonly #tenantLimits: (tenant: string) => RateLimits | undefined;
  readonly #known = new Map<string, readonly Limit[]>();
  readonly #anyDomain: boolean;

  /** @param tenantLimits what a tenant brings itself */
  constructor(settings: LimitSettings, tenantLimits: (tenant: string) => RateLimits | undefined) {
    this.#settings = settings;
    this.#tenantLimits = tenantLimits;
    this.#anyDomain = settings.domains.size > 0;
  }

  limitsFor({ stream, tenant }: Mail, transport: string, domain: string): readonly Limit[] {
    const { transports, streams } = this.#settings;
    let limits = this.#remembered('transport', transport, transports.get(transport)?.limits);
    limits = joined(limits, this.#remembered('stream', stream, streams.get(stream)));
    if (tenant !== '') limits = joined(limits, this.#tenant(tenant));
    return this.#anyDomain ? joined(limits, this.#domain(domain)) : limits;
  }

  #tenant(tenant: string): readonly Limit[] {
    const own = this.#tenantLimits(tenant);
    // A tenant's own limits may change from one mail to the next.
    if (own) return limitsOf('tenant', tenant, own);
    return this.#remembered('tenant', tenant, this.#settings.perTenant);
  }

  #domain(domain: string): readonly Limit[] {
    const { domains } = this.#settings;
    return this.#remembered('domain', domain, domains.get(domain) ?? domains.get('*'));
  }

  #remembered(scope: LimitScope, name: string, rates: RateLimits | undefined): readonly Limit[] {
    if (rates === undefined) return NONE;
    const id = `${scope}:${name}`;
    let limits = this.#known.get(id);
    if (!limits) {
      if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
      limits = limitsOf(scope, name, rates);
      this.#known.set(id, limits);
    }
    return limits;
  }
}

function joined(one: readonly Limit[], other: readonly Limit[]): readonly Limit[] {
  if (other.length === 0) return one;
  return one.length === 0 ? other : [...one, ...other];
}
