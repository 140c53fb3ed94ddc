import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/schedule/clock.js';
import type { Log } from '../core/log.js';
import { RouteTable } from '../transports/route/route-table.js';
import type { MailTransport } from '../transports/mail-transport.js';
import { TransportRegistry } from '../transports/transport-registry.js';
import type { ResolvedTenant } from './resolved-tenant.js';

/** How many transports of tenants live, and how long one that nobody uses. */
export interface LiveTransportBounds {
  readonly max: number;
  readonly idleMs: number;
}

/** A transport of a tenant that is open. */
export interface LiveTransport {
  /** Holds this one transport and no other, so that a mail of this tenant can reach no other. */
  readonly registry: TransportRegistry;
  readonly routes: RouteTable;
}

interface Entry extends LiveTransport {
  readonly transport: MailTransport;
  users: number;
  usedAt: number;
  retired: boolean;
}

/** Opens the transport of a tenant, or what stands for it where no mail leaves. */
export type OpenTenantTransport = (tenant: ResolvedTenant, name: string) => MailTransport;

/**
 * The open transports of tenants, one for each tenant and version. What is idle, replaced by another version, or one
 * too many is closed, but never while mail goes over it.
 */
export class LiveTransports {
  readonly #entries: LRUCache<string, Entry>;
  readonly #newest = new Map<string, string>();
  readonly #closing = new Set<Promise<void>>();
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #open: OpenTenantTransport;
  readonly #idleMs: number;
  #cancelSweep: (() => void) | undefined;

  constructor(clock: Clock, log: Log, open: OpenTenantTransport, { max, idleMs }: LiveTransportBounds) {
    this.#clock = clock;
    this.#log = log;
    this.#open = open;
    this.#idleMs = idleMs;
    this.#entries = new LRUCache({ max, dispose: (entry) => this.#retire(entry) });
  }

  /** How many are open and not about to be closed. */
  get size(): number {
    return this.#entries.size;
  }

  /** @returns the transport, and what says that the mail has gone */
  use(
    tenant: string,
    resolved: ResolvedTenant,
    name: string,
  ): LiveTransport & { readonly release: () => void } {
    const key = `${tenant}\n${resolved.version}`;
    const before = this.#newest.get(tenant);
    if (before !== undefined && before !== key) this.#entries.delete(before);
    let entry = this.#entries.get(key);
    if (!entry) {
      entry = this.#make(resolved, name);
      this.#newest.set(tenant, key);
      this.#entries.set(key, entry);
      this.#sweepLater();
    }
    const { registry, routes } = entry;
    const used = entry;
    used.users++;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      used.users--;
      used.usedAt = this.#clock.steady();
      if (used.retired && used.users === 0) this.#close(used);
    };
    return { registry, routes, release };
  }

  /** Closes all of them; attempts have ended before. */
  async closeAll(): Promise<void> {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    this.#newest.clear();
    const open = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of open) if (entry.users > 0) this.#close(entry);
    await Promise.all(this.#closing);
  }

  #make(resolved: ResolvedTenant, name: string): Entry {
    const transport = this.#open(resolved, name);
    const route = {
      transports: [name],
      selector: 'failover',
      weights: new Map(),
      byRecipientDomain: new Map(),
      bySenderDomain: new Map(),
    } as const;
    return {
      transport,
      registry: new TransportRegistry([{ name, transport }]),
      routes: new RouteTable(route),
      users: 0,
      usedAt: this.#clock.steady(),
      retired: false,
    };
  }

  #retire(entry: Entry): void {
    entry.retired = true;
    if (entry.users === 0) this.#close(entry);
  }

  #close({ transport }: Entry): void {
    const closing = transport
      .close()
      // Whatever it says may hold the tenant's secrets.
      .catch(() => this.#log.warn('A transport of a tenant could not be closed.'))
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #sweepLater(): void {
    this.#cancelSweep ??= this.#clock.after(this.#idleMs, () => {
      this.#cancelSweep = undefined;
      const until = this.#clock.steady() - this.#idleMs;
      for (const [key, entry] of this.#entries.entries()) {
        if (entry.users === 0 && entry.usedAt <= until) this.#entries.delete(key);
      }
      for (const [tenant, key] of this.#newest) if (!this.#entries.has(key)) this.#newest.delete(tenant);
      if (this.#entries.size > 0) this.#sweepLater();
    });
  }
}
