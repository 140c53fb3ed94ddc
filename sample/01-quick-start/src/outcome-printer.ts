import { Injectable } from '@nestjs/common';
import { OnMailEvent, type MailBounced, type MailDeferred, type MailSent } from 'nestjs-mail-relay';

/** Says what became of each mail. An application would mark the address, or tell the user. */
@Injectable()
export class OutcomePrinter {
  @OnMailEvent('sent')
  sent(event: MailSent): void {
    print('sent', event.recipient, `attempt ${event.attempt}, the server took it`);
  }

  @OnMailEvent('deferred')
  deferred(event: MailDeferred): void {
    const seconds = Math.round((event.nextAttemptAt.getTime() - event.at.getTime()) / 1000);
    print('deferred', event.recipient, `${event.failure.class}, the relay tries again in ${seconds} s`);
  }

  @OnMailEvent('bounced', { kind: 'hard' })
  bounced(event: MailBounced): void {
    print('bounced', event.recipient, `${event.failure.reply?.code} ${event.failure.reply?.text}`);
  }
}

function print(what: string, who: string, why: string): void {
  console.log(`  ${what.padEnd(9)} ${who.padEnd(24)} ${why}`);
}
