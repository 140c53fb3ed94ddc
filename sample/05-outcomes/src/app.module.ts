import { Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { MailRelayModule } from 'nestjs-mail-relay';
import { withHealth } from 'nestjs-mail-relay/health';
import { withMetrics } from 'nestjs-mail-relay/metrics';
import { withSql } from 'nestjs-mail-relay/sql';
import { AccountNotes } from './account-notes.js';
import { HealthController } from './health.controller.js';
import { MailsController } from './mails.controller.js';

@Module({})
export class AppModule {
  /**
   * @param mailUrl the SMTP server that mail is handed to
   * @param file where mail, its history and the suppression list are kept
   */
  static with(mailUrl: string, file: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TerminusModule.forRoot({ logger: false }),
        MailRelayModule.forRoot({
          from: 'Acme <hello@acme.test>',
          transport: mailUrl,
          features: [
            withSql({ file }),
            // Half a minute is the default; a demonstration cannot wait that long for news of a server.
            withHealth({ path: 'health/mail', probeIntervalMs: 500 }),
            withMetrics({ path: 'metrics/mail', guards: 'loopback' }),
          ],
        }),
      ],
      controllers: [HealthController, MailsController],
      providers: [AccountNotes],
    };
  }
}
