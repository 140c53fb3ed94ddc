import { Injectable, Logger } from '@nestjs/common';
import { MailService, OnMailEvent, type MailSent } from 'nestjs-mail-relay';

export interface User {
  id: string;
  email: string;
  name: string;
}

@Injectable()
export class Signup {
  private readonly logger = new Logger(Signup.name);

  constructor(private readonly mail: MailService) {}

  async welcome(user: User) {
    return this.mail.queue({
      to: user.email,
      template: 'welcome',
      context: { user },
      idempotencyKey: `welcome:${user.id}`,
    });
  }

  @OnMailEvent('sent')
  welcomed(event: MailSent) {
    this.logger.log(`Mail ${event.mailId} was sent.`);
  }
}
