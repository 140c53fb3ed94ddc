import { Injectable } from '@nestjs/common';
import { OnMailEvent, type MailEvent } from 'nestjs-mail-relay';

@Injectable()
export class OutcomeLog {
  @OnMailEvent(['sent', 'deferred', 'bounced', 'failed', 'uncertain'])
  log({ type, mailId }: MailEvent): void {
    console.log(`${type} ${mailId}`);
  }
}
