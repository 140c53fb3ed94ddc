import { Module } from '@nestjs/common';
import { MailRelayModule } from 'nestjs-mail-relay';
import { Signup } from './signup';

@Module({
  imports: [
    MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      transport: process.env.MAIL_URL ?? 'capture:.mail',
      templates: { dir: 'templates' },
    }),
  ],
  providers: [Signup],
})
export class AppModule {}
