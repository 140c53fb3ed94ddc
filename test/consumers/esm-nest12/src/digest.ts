import { Injectable } from '@nestjs/common';
import { MailService, OnMailEvent, type DeliveryReport, type MailSent } from 'nestjs-mail-relay';

@Injectable()
export class Digest {
  /** The transports that took a digest, in order. */
  readonly takenBy: (string | undefined)[] = [];

  constructor(private readonly mail: MailService) {}

  send(to: string, news: readonly string[]): Promise<DeliveryReport> {
    return this.mail.send({
      to,
      subject: `${news.length} news`,
      html: `<ul>${news.map((one) => `<li>${one}</li>`).join('')}</ul>`,
      tags: ['digest'],
    });
  }

  @OnMailEvent('sent')
  taken(event: MailSent): void {
    this.takenBy.push(event.transport);
  }
}
