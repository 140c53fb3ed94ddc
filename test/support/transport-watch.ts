import { Injectable } from '@nestjs/common';
import { OnMailEvent, type TransportEvent } from 'nestjs-mail-relay';

/** Keeps what was told about transports. */
@Injectable()
export class TransportWatch {
  readonly events: TransportEvent[] = [];

  @OnMailEvent(['transport.down', 'transport.up'])
  heard(event: TransportEvent): void {
    this.events.push(event);
  }

  /** As `primary transport.down unreachable`, in order. */
  get told(): readonly string[] {
    return this.events.map(({ transport, type, reason }) => `${transport} ${type} ${reason}`);
  }
}
