import type { Logger, Provider } from '@nestjs/common';
import { BreakerStore } from './circuits/breaker-store.js';
import { CircuitAlerts } from './circuits/circuit-alerts.js';
import { CircuitBoard } from './circuits/circuit-board.js';
import { CircuitGate } from './circuits/circuit-gate.js';
import { CircuitStates } from './circuits/circuit-states.js';
import { Clock } from './core/schedule/clock.js';
import { MailEventPublisher } from './events/mail-event-bus.js';
import { getTransportRegistryToken, getTransportStatesToken, SETTINGS } from './mail-relay.tokens.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import type { TransportRegistry } from './transports/transport-registry.js';

/** The circuit breakers of a relay's transports, and what tells of them. */
export function circuitProviders(relay: string, log: Logger): Provider[] {
  return [
    {
      provide: CircuitBoard,
      inject: [SETTINGS, BreakerStore, MailEventPublisher, Clock],
      useFactory: (
        { circuits }: ResolvedOptions,
        store: BreakerStore,
        events: MailEventPublisher,
        clock: Clock,
      ) => {
        const alerts = new CircuitAlerts({ relay, events, clock, log });
        return new CircuitBoard({
          store,
          settings: circuits,
          clock,
          log,
          onChange: (circuit, from, to) => alerts.changed(circuit, from, to),
        });
      },
    },
    {
      provide: CircuitGate,
      inject: [CircuitBoard],
      useFactory: (board: CircuitBoard) => new CircuitGate(board),
    },
    {
      provide: getTransportStatesToken(relay),
      inject: [getTransportRegistryToken(relay), CircuitBoard],
      useFactory: (registry: TransportRegistry, board: CircuitBoard) => new CircuitStates(registry, board),
    },
  ];
}
