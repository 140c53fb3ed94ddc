import {
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import { MailRelayError } from './core/mail-relay-error.js';
import type { CircuitBoard } from './circuits/circuit-board.js';
import type { MailEventBus } from './events/mail-event-bus.js';
import { silenceOf } from './events/silent-listener.js';
import type { MailEventExplorer } from './events/mail-event.explorer.js';
import { findEventSources } from './mail-relay.event-sources.js';
import { findRelays } from './mail-relay.finder.js';
import type { Intake } from './mailer/intake.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import type { MailQueue } from './queue/mail-queue.js';
import type { RelayWorker } from './relay/relay-worker.js';
import { MemorySpool } from './spool/memory/memory-spool.js';
import type { Spool } from './spool/spool.js';
import type { Tenants } from './tenants/tenants.js';
import type { TransportRegistry } from './transports/transport-registry.js';

/** How long listeners may take to finish at the end, milliseconds. */
const LISTENER_GRACE_MS = 2_000;

/**
 * Starts and ends one relay, in one place: listeners are found before the relay consumes; at the end the intake of
 * the queue stops first, attempts are drained while HTTP is still served, then transports and the spool close.
 */
export class MailRelayLifecycle
  implements
    OnModuleInit,
    OnApplicationBootstrap,
    OnModuleDestroy,
    BeforeApplicationShutdown,
    OnApplicationShutdown
{
  readonly #logger = new Logger('MailRelay');

  constructor(
    private readonly settings: ResolvedOptions,
    private readonly discovery: DiscoveryService,
    private readonly events: MailEventBus,
    private readonly explorer: MailEventExplorer,
    private readonly intake: Intake,
    private readonly worker: RelayWorker | undefined,
    private readonly queue: MailQueue,
    private readonly spool: Spool,
    private readonly transports: TransportRegistry,
    private readonly circuits: CircuitBoard,
    private readonly tenants: Tenants | undefined,
  ) {}

  async onModuleInit(): Promise<void> {
    this.#refuseSecondRelay();
    this.#checkStorage();
    this.#findListeners();
    this.circuits.watch();
    await this.events.open();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.worker?.start();
  }

  async onModuleDestroy(): Promise<void> {
    // A spool that ends with the process gets its chance to send what is due; a durable one keeps it.
    if (!this.#endsWithProcess) await this.worker?.stopTaking();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { drainMs } = this.settings;
    const until = performance.now() + drainMs;
    if (this.#endsWithProcess) {
      await this.worker?.finishWaiting(drainMs);
      await this.worker?.stopTaking();
    }
    const aborted = await this.worker?.drain(Math.max(0, until - performance.now()));
    if (aborted)
      this.#logger.warn(`Attempts cut short after ${drainMs} ms: ${aborted}. They stay with the spool.`);
  }

  async onApplicationShutdown(): Promise<void> {
    this.intake.close();
    await this.worker?.drain(this.settings.drainMs);
    await this.transports.closeAll();
    await this.tenants?.close();
    await this.circuits.close();
    await this.queue.close();
    await this.events.drain(LISTENER_GRACE_MS);
    this.events.close();
    await this.#tellLosses();
    await this.spool.close();
  }

  /** A store elsewhere outlives this process, even one that says `memory` because it writes nothing to a disk. */
  get #endsWithProcess(): boolean {
    return this.spool instanceof MemorySpool;
  }

  #findListeners(): void {
    const sources = findEventSources(this.discovery);
    this.explorer.explore({
      listen: (listener) => {
        const silence = silenceOf(listener, this.settings.relay, sources);
        if (silence !== undefined) this.#logger.warn(silence);
        this.events.listen(listener);
      },
    });
  }

  #refuseSecondRelay(): void {
    const relays = findRelays(this.discovery).filter(({ name }) => name === this.settings.relay);
    if (relays.length < 2) return;
    const places = [...new Set(relays.flatMap(({ importers }) => importers))].join(', ');
    throw new MailRelayError(
      'ERR_MAIL_RELAY_DUPLICATE_RELAY',
      `MailRelayModule is there ${relays.length} times with the name "${this.settings.relay}", imported by: ${places}. ` +
        'Import it once, it is global; or give each relay a name of its own: forRoot({ name: ... }).',
      { field: 'name' },
    );
  }

  #checkStorage(): void {
    if (!this.#endsWithProcess) return;
    switch (this.settings.memoryStorage) {
      case 'accepted':
        return;
      case 'warned':
        this.#logger.warn(
          `Relay "${this.settings.relay}" keeps mail in memory: what is not yet sent is lost with the process. ` +
            "Say storage: 'memory' to accept that.",
        );
        return;
      case 'refused':
        throw new MailRelayError(
          'ERR_MAIL_RELAY_OPTIONS',
          'storage: none is given, and in production mail that is not yet sent would be lost with the process. ' +
            "Say storage: 'memory' to accept that, or add a feature that brings a durable spool.",
          { field: 'storage' },
        );
      default: {
        const never: never = this.settings.memoryStorage;
        throw new TypeError(`unknown storage ${String(never)}`);
      }
    }
  }

  async #tellLosses(): Promise<void> {
    if (!this.#endsWithProcess) return;
    const { pending } = await this.spool.counts();
    if (pending > 0) this.#logger.warn(`Mails not finished that end with this process: ${pending}.`);
  }
}
