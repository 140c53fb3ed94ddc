import type { Type } from '@nestjs/common';
import type { MailTransport } from './transports/mail-transport.js';

/** A transport that Nest makes, with whatever it injects. @publicApi */
export interface TransportClass {
  /** Unique within the relay; what `streams.<name>.transports` and `@InjectTransport` refer to. */
  readonly name: string;
  readonly useClass: Type<MailTransport>;
}
