import type { Clock } from '../../core/schedule/clock.js';
import { abortEvidence } from '../abort-evidence.js';
import { SmtpClient } from './smtp-client.js';
import type { SmtpErrorEvidence } from './smtp-error-evidence.js';
import type { SmtpSettings } from './smtp-options.js';
import type { ConnectionFate } from './smtp-transaction.js';

/** A connection for one message, or why there is none. @internal */
export type SmtpLease =
  | { readonly ok: true; readonly client: SmtpClient }
  | { readonly ok: false; readonly evidence: SmtpErrorEvidence };

type Waiter = (lease: SmtpLease) => void;

const CLOSED = { ok: false, evidence: { provenance: 'aborted', stage: 'conn' } } as const satisfies SmtpLease;

/**
 * The connections of one transport. Whoever asked first is served first, with the connection that was used last, so
 * that those not needed grow old and go.
 *
 * A connection that cannot be opened fails the one who waits longest; those behind get a try of their own.
 *
 * @internal
 */
export class SmtpConnectionPool {
  /** Every connection, from the first SYN to its end: what `maxConnections` counts. */
  readonly #clients = new Set<SmtpClient>();
  /** Those that somebody answers for. One that ends meanwhile keeps its place until it is given back. */
  readonly #held = new Set<SmtpClient>();
  /** Those being opened for whoever waits longest when they are ready, the oldest first. */
  readonly #opening = new Set<SmtpClient>();
  /** Those that are there for the next message in a turn, so that nothing new is opened instead. */
  readonly #returning = new Set<SmtpClient>();
  /** The one used last comes last. */
  readonly #idle: SmtpClient[] = [];
  readonly #waiters = new Set<Waiter>();
  #cancelSweep: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly settings: SmtpSettings,
    private readonly clock: Clock,
  ) {}

  /** Never rejects. Whoever gets a client gives it back by {@link release} or {@link replace}. */
  acquire(signal: AbortSignal): Promise<SmtpLease> | SmtpLease {
    if (this.#closing !== undefined) return CLOSED;
    if (signal.aborted) return { ok: false, evidence: abortEvidence(signal, 'conn') };
    const client = this.#waiters.size === 0 ? this.#takeIdle() : undefined;
    return client === undefined ? this.#wait(signal) : { ok: true, client };
  }

  /** Drops a client that turned out dead, and opens a new one in its place for the same caller. */
  async replace(dead: SmtpClient, signal: AbortSignal): Promise<SmtpLease> {
    dead.close();
    if (this.#closing !== undefined) return CLOSED;
    if (signal.aborted) {
      this.#vacate(dead);
      return { ok: false, evidence: abortEvidence(signal, 'conn') };
    }
    // In its place: nobody who waits is offered it in between.
    this.#forget(dead);
    const client = this.#newClient();
    const onAbort = () => {
      client.close(abortEvidence(signal, client.stage));
    };
    signal.addEventListener('abort', onAbort);
    const failure = await client.open();
    signal.removeEventListener('abort', onAbort);
    if (failure === undefined && !client.ended) return { ok: true, client };
    this.#vacate(client);
    return { ok: false, evidence: failure ?? CLOSED.evidence };
  }

  /** Takes a client back after a message. */
  release(client: SmtpClient, fate: ConnectionFate): void {
    client.fresh = false;
    client.messages++;
    switch (fate) {
      case 'drop':
        client.close();
        return this.#vacate(client);
      case 'reset':
        // Not worth waiting for: a server that does not answer RSET must not hold up the next message.
        void client.reset().then(() => this.#recycle(client));
        return undefined;
      case 'keep':
        this.#returning.add(client);
        // A turn later: what the server sent beyond its answer shows itself now, not among the next replies.
        setImmediate(() => this.#recycle(client));
        return undefined;
    }
  }

  /** Ends everything; whoever waits is told. Called again it waits for the same end. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    this.#cancelSweep?.();
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    const idle = this.#idle.splice(0);
    const busy = [...this.#clients].filter((client) => !idle.includes(client));
    for (const serve of waiters) serve(CLOSED);
    for (const client of busy) client.close();
    await Promise.all(idle.map((client) => client.quit()));
  }

  #wait(signal: AbortSignal): Promise<SmtpLease> {
    return new Promise((resolve) => {
      const waiter: Waiter = (lease) => {
        signal.removeEventListener('abort', onAbort);
        resolve(lease);
      };
      const onAbort = () => {
        this.#waiters.delete(waiter);
        waiter({ ok: false, evidence: this.#evidenceOfWaiting(signal) });
        // An attempt that nobody waits for any more must not keep the next one waiting.
        const [oldest] = this.#opening;
        if (this.#opening.size > this.#waiters.size) oldest?.close();
      };
      signal.addEventListener('abort', onAbort);
      this.#waiters.add(waiter);
      this.#serve();
    });
  }

  /** A deadline tells of the peer while a connection is being opened, and of ourselves while all are busy. */
  #evidenceOfWaiting(signal: AbortSignal): SmtpErrorEvidence {
    const [oldest] = this.#opening;
    return oldest === undefined
      ? { provenance: 'aborted', stage: 'conn', errorCode: 'EPOOLBUSY' }
      : abortEvidence(signal, oldest.stage);
  }

  /** Gives connections to those who wait, and opens more while there is room. */
  #serve(): void {
    if (this.#closing !== undefined) return;
    while (this.#waiters.size > 0) {
      const client = this.#takeIdle();
      if (client === undefined) break;
      this.#nextWaiter()?.({ ok: true, client });
    }
    const { maxConnections } = this.settings;
    while (
      this.#opening.size + this.#returning.size < this.#waiters.size &&
      this.#clients.size < maxConnections
    ) {
      void this.#open();
    }
  }

  async #open(): Promise<void> {
    const client = this.#newClient();
    this.#opening.add(client);
    const failure = await client.open();
    this.#opening.delete(client);
    if (failure === undefined) {
      this.#provide(client);
      return;
    }
    // Closed by us because nobody waited for it: no answer to those who came later.
    if (failure.provenance !== 'aborted') this.#nextWaiter()?.({ ok: false, evidence: failure });
    this.#vacate(client);
  }

  #newClient(): SmtpClient {
    const client = new SmtpClient(this.settings, this.clock, (ended) => this.#onEnd(ended));
    this.#clients.add(client);
    this.#held.add(client);
    return client;
  }

  /** Takes the waiter who came first out of the row. */
  #nextWaiter(): Waiter | undefined {
    const [first] = this.#waiters;
    if (first !== undefined) this.#waiters.delete(first);
    return first;
  }

  #recycle(client: SmtpClient): void {
    this.#returning.delete(client);
    if (
      !client.ended &&
      (client.messages >= this.settings.maxMessagesPerConnection || this.#isTooOld(client))
    )
      this.#quit(client);
    else this.#provide(client);
  }

  #provide(client: SmtpClient): void {
    if (client.ended) return this.#vacate(client);
    const waiter = this.#nextWaiter();
    if (waiter !== undefined) {
      waiter({ ok: true, client });
      return;
    }
    this.#held.delete(client);
    client.park();
    client.idleSince = this.clock.steady();
    this.#idle.push(client);
    this.#cancelSweep ??= this.clock.after(this.settings.idleTimeoutMs, () => this.#sweep());
  }

  #takeIdle(): SmtpClient | undefined {
    for (;;) {
      const client = this.#idle.pop();
      if (client === undefined) return undefined;
      if (this.#isTooOld(client)) {
        this.#quit(client);
      } else {
        this.#held.add(client);
        client.unpark();
        return client;
      }
    }
  }

  /** One timer for all idle connections: a busy pool sets none per message. */
  #sweep(): void {
    const limit = this.clock.steady() - this.settings.idleTimeoutMs;
    for (;;) {
      const [first] = this.#idle;
      this.#cancelSweep = undefined;
      if (first === undefined) return;
      if (first.idleSince > limit) {
        this.#cancelSweep = this.clock.after(first.idleSince - limit, () => this.#sweep());
        return;
      }
      this.#idle.shift();
      this.#quit(first);
    }
  }

  #isTooOld(client: SmtpClient): boolean {
    return this.clock.steady() - client.openedAt >= this.settings.maxConnectionAgeMs;
  }

  /** Its place stays taken until it has gone. */
  #quit(client: SmtpClient): void {
    this.#held.delete(client);
    void client.quit();
  }

  #onEnd(client: SmtpClient): void {
    if (this.#held.has(client)) return;
    const at = this.#idle.indexOf(client);
    if (at !== -1) this.#idle.splice(at, 1);
    this.#vacate(client);
  }

  #forget(client: SmtpClient): void {
    this.#clients.delete(client);
    this.#held.delete(client);
  }

  /** Offers the place of a connection that is gone. */
  #vacate(client: SmtpClient): void {
    this.#forget(client);
    this.#serve();
  }
}
