import { Controller, Get } from '@nestjs/common';
import { TransportStates } from 'nestjs-mail-relay';

/** Which transports are used at the moment. */
@Controller('health')
export class HealthController {
  constructor(private readonly states: TransportStates) {}

  @Get('mail')
  mail(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.states.all().map(({ name, transport }) => [name, transport.state]));
  }
}
