import { Injectable } from '@nestjs/common';
import { MailService, type MailReceipt } from 'nestjs-mail-relay';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

@Injectable()
export class Signup {
  constructor(private readonly mail: MailService) {}

  /** Accepts a welcome mail: when this resolves, the relay sees to the rest. */
  async welcome(user: User): Promise<MailReceipt> {
    return this.mail.queue({
      to: { name: user.name, address: user.email },
      template: 'welcome',
      context: { user },
      tags: ['signup'],
      idempotencyKey: `welcome:${user.id}`,
    });
  }
}
