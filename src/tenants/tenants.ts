import { LRUCache } from 'lru-cache';
import type { Mail } from '../core/mail/mail.js';
import type { Log } from '../core/log.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { RateLimits } from '../core/rate-limits.js';
import type { Clock } from '../core/schedule/clock.js';
import type { DkimKey } from '../transports/dkim-key.js';
import type { LiveTransport, LiveTransports } from './live-transports.js';
import { readTenant, type ResolvedTenant } from './resolved-tenant.js';
import type { TenantResolver } from './tenant-resolver.js';

export interface TenantsOptions {
  readonly resolver: TenantResolver;
  readonly live: LiveTransports;
  readonly clock: Clock;
  readonly log: Log;
  readonly localDomains: readonly string[];
}

/** How a mail of a tenant goes: over the route of its stream, over the tenant's own transport, or not now. */
export type TenantWay =
  | { readonly kind: 'hold'; readonly until: number; readonly reason: string }
  | {
      readonly kind: 'go';
      /** The tenant's own; absent where it has none. */
      readonly own?: LiveTransport | undefined;
      readonly dkim: readonly DkimKey[];
      /** To be called when the attempt is over, whatever came of it. */
      release(): void;
    };

/** How long mail waits when its tenant could not be resolved, milliseconds. */
const FAILED_WAIT_MS = 60_000;
/** How long mail waits when its tenant is gone, or may not send from its domain any more, milliseconds. */
const REFUSED_WAIT_MS = 10 * 60_000;
const QUIET_MS = 30_000;
/** Limits of so many tenants are remembered between resolving and counting. */
const MAX_REMEMBERED = 10_000;
const NOTHING = (): void => {};

/** The name that logs, events, limits and circuits know a tenant's transport by. */
export function tenantTransportName(tenant: string): string {
  return `tenant:${tenant}`;
}

/** Knows whose mail may go from which domain, and over which transport. */
export class Tenants {
  readonly #o: TenantsOptions;
  readonly #underway = new Map<string, Promise<ResolvedTenant | undefined>>();
  readonly #limits = new LRUCache<string, RateLimits>({ max: MAX_REMEMBERED });
  readonly #read = new WeakMap<object, ResolvedTenant>();
  #quietUntil = 0;

  constructor(options: TenantsOptions) {
    this.#o = options;
  }

  /**
   * Refuses a draft whose tenant there is none of, or that is from a domain of somebody else.
   *
   * @param domains of its From and Sender headers
   * @throws MailRelayError `ERR_MAIL_RELAY_TENANT_UNKNOWN`, `ERR_MAIL_RELAY_TENANT_UNAVAILABLE`, `ERR_MAIL_RELAY_DRAFT`
   */
  async admit(tenant: string, domains: readonly string[]): Promise<void> {
    let resolved: ResolvedTenant | undefined;
    try {
      resolved = await this.#resolve(tenant);
    } catch (error) {
      // Not kept as a cause: whatever was thrown may hold secrets, and callers log causes.
      throw new MailRelayError(
        'ERR_MAIL_RELAY_TENANT_UNAVAILABLE',
        `The tenant of the draft could not be resolved, so the mail was not accepted: ${describe(error)}. Try again later.`,
        { field: 'tenant' },
      );
    }
    if (!resolved) {
      throw new MailRelayError(
        'ERR_MAIL_RELAY_TENANT_UNKNOWN',
        'The draft names a tenant that the resolver does not know. Correct draft.tenant, or add the tenant.',
        { field: 'tenant' },
      );
    }
    const known = resolved.domains;
    if (domains.every((domain) => known.has(domain))) return;
    throw new MailRelayError(
      'ERR_MAIL_RELAY_DRAFT',
      'The draft is from a domain that its tenant may not send from. Set draft.from, and draft.sender if there is one, ' +
        "to an address of one of the tenant's domains.",
      { field: 'from' },
    );
  }

  /** Looks for the way of a mail, right before an attempt. Never rejects. */
  async wayOf(mail: Mail): Promise<TenantWay> {
    const { tenant } = mail;
    const now = this.#o.clock.now();
    try {
      const resolved = await this.#resolve(tenant);
      if (!resolved) return hold(now + REFUSED_WAIT_MS, 'its tenant is not known any more');
      if (!resolved.domains.has(mail.fromDomain)) {
        return hold(now + REFUSED_WAIT_MS, 'its tenant may not send from this domain any more');
      }
      const { dkim, definition } = resolved;
      if (!definition) return { kind: 'go', dkim, release: NOTHING };
      const { release, ...own } = this.#o.live.use(tenant, resolved, tenantTransportName(tenant));
      return { kind: 'go', own, dkim, release };
    } catch (error) {
      this.#tell(error);
      return hold(now + FAILED_WAIT_MS, 'its tenant could not be resolved');
    }
  }

  /** What a tenant brought when it was last resolved. */
  limitsOf(tenant: string): RateLimits | undefined {
    return this.#limits.get(tenant);
  }

  async close(): Promise<void> {
    await this.#o.live.closeAll();
  }

  async #resolve(tenant: string): Promise<ResolvedTenant | undefined> {
    const underway = this.#underway.get(tenant);
    if (underway) return underway;
    const asked = this.#ask(tenant).finally(() => this.#underway.delete(tenant));
    this.#underway.set(tenant, asked);
    return asked;
  }

  async #ask(tenant: string): Promise<ResolvedTenant | undefined> {
    const given = await this.#o.resolver.resolve(tenant);
    if (given === undefined || given === null) return undefined;
    // Who gives the same object again has its keys parsed once.
    const resolved = this.#read.get(given) ?? readTenant(given, this.#o.localDomains);
    this.#read.set(given, resolved);
    if (resolved.limits) this.#limits.set(tenant, resolved.limits);
    else this.#limits.delete(tenant);
    return resolved;
  }

  #tell(error: unknown): void {
    const now = this.#o.clock.steady();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    this.#o.log.warn(`A tenant could not be resolved, and its mail waits: ${describe(error)}.`);
  }
}

function hold(until: number, reason: string): TenantWay {
  return { kind: 'hold', until, reason };
}

/** Our own errors name fields and no values; of any other only the kind is told. */
function describe(error: unknown): string {
  if (MailRelayError.is(error)) return error.message;
  const name = error instanceof Error ? error.constructor.name : typeof error;
  return `the resolver failed (${name})`;
}
