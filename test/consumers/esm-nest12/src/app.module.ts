import { Injectable, Module } from '@nestjs/common';
import {
  MailRelayModule,
  memory,
  smtp,
  type MailRelayModuleOptions,
  type MailRelayOptionsFactory,
} from 'nestjs-mail-relay';
import { Digest } from './digest.js';

@Injectable()
export class MailSettings implements MailRelayOptionsFactory {
  createMailRelayOptions(): MailRelayModuleOptions {
    const url = process.env['MAIL_URL'];
    return {
      from: 'Acme <hello@acme.test>',
      transports: [url === undefined ? memory({ name: 'primary' }) : smtp({ name: 'primary', url })],
    };
  }
}

@Module({
  imports: [MailRelayModule.forRootAsync({ useClass: MailSettings })],
  providers: [Digest],
})
export class AppModule {}
