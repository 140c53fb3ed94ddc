import { Injectable } from '@nestjs/common';
import { OnMailEvent, type TransportDown, type TransportUp } from 'nestjs-mail-relay';

/** Says that a transport is down or up again, once each. An application would call somebody. */
@Injectable()
export class TransportAlerts {
  @OnMailEvent('transport.down')
  down({ transport, reason, summary }: TransportDown): void {
    console.log(`  ! ${transport} is down (${reason}): ${summary}`);
  }

  @OnMailEvent('transport.up')
  up({ transport }: TransportUp): void {
    console.log(`  ! ${transport} works again`);
  }
}
