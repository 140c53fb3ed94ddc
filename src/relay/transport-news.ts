/** How long a transport's failures are not worth another warning, milliseconds. */
const QUIET_MS = 30_000;
/** Transports of tenants come and go; whoever was told longest ago is forgotten first. */
const MAX_REMEMBERED = 1000;

/** Tells which failures are news: a transport that is down is, each mail it concerns is not. */
export class TransportNews {
  /** In the order in which they were told. */
  readonly #quietUntil = new Map<string, number>();

  /** How many transports are remembered. */
  get size(): number {
    return this.#quietUntil.size;
  }

  /** True at most once in a while for each transport. @param now milliseconds since the epoch */
  isNews(transport: string, now: number): boolean {
    if (now < (this.#quietUntil.get(transport) ?? 0)) return false;
    this.#quietUntil.delete(transport);
    this.#quietUntil.set(transport, now + QUIET_MS);
    if (this.#quietUntil.size > MAX_REMEMBERED) {
      const [oldest = ''] = this.#quietUntil.keys();
      this.#quietUntil.delete(oldest);
    }
    return true;
  }
}
