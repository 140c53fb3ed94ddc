import { Module, type DynamicModule } from '@nestjs/common';
import { MailRelayModule, smtp } from 'nestjs-mail-relay';
import { HealthController } from './health.controller.js';
import { TransportAlerts } from './transport-alerts.js';

export interface RelayUrls {
  readonly primary: string;
  readonly backup: string;
}

@Module({})
export class AppModule {
  static with({ primary, backup }: RelayUrls): DynamicModule {
    return {
      module: AppModule,
      imports: [
        MailRelayModule.forRoot({
          from: 'Acme <hello@acme.test>',
          // In this order: the second one is asked when the first one fails by itself.
          transports: [smtp({ name: 'primary', url: primary }), smtp({ name: 'backup', url: backup })],
          // So that the demonstration need not wait five seconds; leave this out.
          breaker: { openMs: 1000 },
          storage: 'memory',
        }),
      ],
      controllers: [HealthController],
      providers: [TransportAlerts],
    };
  }
}
