import type { CircuitState } from '../core/circuit/circuit-state.js';
import type { Log } from '../core/log.js';
import type { Clock } from '../core/schedule/clock.js';
import type { MailEventPublisher } from '../events/mail-event-bus.js';
import type { TransportEvent } from '../events/transport-event.js';
import type { Circuit } from './circuit.js';

export interface CircuitAlertsOptions {
  /** The relay's name. */
  readonly relay: string;
  readonly events: MailEventPublisher;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Tells people and listeners that a transport is down or up again: once, however many mails it concerns and however
 * many probes fail; again only when the reason is another one.
 */
export class CircuitAlerts {
  readonly #o: CircuitAlertsOptions;

  constructor(options: CircuitAlertsOptions) {
    this.#o = options;
  }

  changed(circuit: Circuit, from: CircuitState, to: CircuitState): void {
    if (to.kind === 'open' && (from.kind === 'closed' || from.reason !== to.reason)) this.#down(circuit, to);
    if (to.kind === 'closed' && from.kind !== 'closed') this.#up(circuit, from);
  }

  #down(circuit: Circuit, { reason, since, until, summary }: CircuitState & { kind: 'open' }): void {
    this.#publish({
      type: 'transport.down',
      id: `${this.#idOf(circuit, since)}.${reason}.down`,
      ...this.#facts(circuit),
      reason,
      summary,
      until: new Date(until),
    });
    this.#o.log.warn(`${describe(circuit)} is down (${reason}): ${summary}`);
  }

  #up(circuit: Circuit, { reason, since }: Exclude<CircuitState, { kind: 'closed' }>): void {
    const event = { type: 'transport.up', ...this.#facts(circuit), reason, since: new Date(since) } as const;
    this.#publish({ ...event, id: `${this.#idOf(circuit, since)}.up` });
    this.#o.log.log(`${describe(circuit)} works again.`);
  }

  #idOf({ name }: Circuit, since: number): string {
    return `${this.#o.relay}.${name.replace(' ', '.')}.${since}`;
  }

  #facts({ transport, fromDomain }: Circuit) {
    const { relay, clock } = this.#o;
    return { relay, transport, fromDomain, at: new Date(clock.now()) };
  }

  #publish(event: TransportEvent): void {
    void this.#o.events.record([event]);
  }
}

function describe({ transport, fromDomain }: Circuit): string {
  return fromDomain === undefined
    ? `Transport "${transport}"`
    : `Transport "${transport}" for the From domain ${fromDomain}`;
}
