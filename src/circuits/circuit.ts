import { CLOSED, type CircuitState } from '../core/circuit/circuit-state.js';

/** One circuit as this process knows it. */
export class Circuit {
  readonly transport: string;
  /** Set for the circuit of one From domain on this transport. */
  readonly fromDomain: string | undefined;
  state: CircuitState = CLOSED;
  /** Names the write that made the state; undefined when nothing is stored. */
  version: string | undefined;
  /** Failures in a row. */
  failures = 0;
  /** How many tries went well so far; tells whether one did while another was under way. */
  successes = 0;

  constructor(transport: string, fromDomain?: string) {
    this.transport = transport;
    this.fromDomain = fromDomain;
  }

  get name(): string {
    return circuitName(this.transport, this.fromDomain);
  }
}

/** Neither names of transports nor domains hold a space. */
export function circuitName(transport: string, fromDomain?: string): string {
  return fromDomain === undefined ? transport : `${transport} ${fromDomain}`;
}

export function circuitOf(name: string): Circuit {
  const [transport = name, fromDomain] = name.split(' ');
  return new Circuit(transport, fromDomain);
}
