import { fileURLToPath } from 'node:url';
import { Module, type DynamicModule } from '@nestjs/common';
import { MailRelayModule } from 'nestjs-mail-relay';
import { withSql } from 'nestjs-mail-relay/sql';
import { OutcomePrinter } from './outcome-printer.js';
import { SignupController } from './signup.controller.js';
import { Signup } from './signup.js';

@Module({})
export class AppModule {
  /**
   * @param mailUrl the SMTP server that mail is handed to
   * @param file where mail is kept until it is sent
   */
  static with(mailUrl: string, file: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        MailRelayModule.forRoot({
          from: 'Acme <hello@acme.test>',
          transport: mailUrl,
          templates: { dir: fileURLToPath(new URL('../templates', import.meta.url)), layout: 'default' },
          features: [withSql({ file })],
          // So that the demonstration need not wait five minutes; leave this out.
          streams: { transactional: { retry: { delaysMs: [2000], greylistMinMs: 2000 } } },
        }),
      ],
      controllers: [SignupController],
      providers: [Signup, OutcomePrinter],
    };
  }
}
