import {
  Body,
  Controller,
  Injectable,
  Module,
  Post,
  ValidationPipe,
  type DynamicModule,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ExpressAdapter } from '@nestjs/platform-express';
import { simpleParser } from 'mailparser';
import {
  MailRelayModule,
  MailRequestDto,
  MailService,
  OnMailEvent,
  type MailBounced,
  type MailSent,
} from 'nestjs-mail-relay';
import { afterEach, describe, expect, it } from 'vitest';
import { byAddress, reply, SmtpSink } from '../support/smtp-sink.js';
import { TemplateFolder } from '../support/template-folder.js';

@Injectable()
class Outcomes {
  readonly heard: string[] = [];

  @OnMailEvent('sent')
  sent(event: MailSent): void {
    this.heard.push(`${event.recipient} sent`);
  }

  @OnMailEvent('bounced', { kind: 'hard' })
  bounced(event: MailBounced): void {
    this.heard.push(`${event.recipient} bounced`);
  }
}

@Controller('mail')
class MailController {
  constructor(private readonly mail: MailService) {}

  @Post()
  async create(
    @Body(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }))
    request: MailRequestDto,
  ) {
    const { mailId, durability, recipients } = await this.mail.queue(request);
    return { mailId, durability, recipients };
  }
}

@Module({})
class AppModule {
  static with(url: string, dir: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        MailRelayModule.forRoot({
          from: 'Acme <hello@acme.test>',
          delivery: 'live',
          transport: url,
          templates: { dir },
        }),
      ],
      controllers: [MailController],
      providers: [Outcomes],
    };
  }
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
])('an application on %s', (_platform, adapter) => {
  async function start() {
    const sink = await SmtpSink.start({
      faults: { rcpt: byAddress({ 'gone@example.test': reply('550 5.1.1 No such user') }) },
    });
    closing.push(() => sink.close());
    const templates = await TemplateFolder.with({
      'welcome.hbs': '<h1 class="big">Hello {{name}}</h1><style>.big { color: #102030 }</style>',
      'welcome.subject.hbs': 'Welcome, {{name}}',
    });
    closing.push(() => templates.remove());
    const app = await NestFactory.create(AppModule.with(sink.url, templates.dir), adapter(), {
      logger: ['error'],
    });
    closing.push(() => app.close());
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const post = (body: unknown) =>
      fetch(`${url}/mail`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    return { app, sink, post };
  }

  it('takes a mail over HTTP, hands it to the server, and hears that it was sent', async () => {
    const { app, sink, post } = await start();
    const response = await post({ to: 'ada@example.test', template: 'welcome', context: { name: 'Ada <3' } });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      durability: 'memory',
      recipients: [{ address: 'ada@example.test', state: 'queued' }],
    });
    await sink.waitForMessages(1);
    const mail = await simpleParser(sink.messages[0]?.raw ?? '');
    expect(mail.subject).toBe('Welcome, Ada <3');
    expect(mail.html).toContain('Hello Ada &lt;3');
    expect(mail.html).toMatch(/<h1[^>]*style="color: ?#102030;?"/);
    expect(mail.text).toContain('Hello Ada <3');
    await expect.poll(() => app.get(Outcomes).heard).toEqual(['ada@example.test sent']);
  });

  it('hears of a recipient that the server refuses', async () => {
    const { app, post } = await start();
    await post({ to: 'gone@example.test', template: 'welcome', context: { name: 'Gone' } });
    await expect.poll(() => app.get(Outcomes).heard).toEqual(['gone@example.test bounced']);
  });

  it.each([
    [{ to: 'ada@example.test', template: 'welcome', bcc: 'eve@example.test' }, 'a further recipient'],
    [{ to: 'ada@example.test', template: 'welcome', from: 'ceo@acme.test' }, 'a sender'],
    [{ to: 'ada@example.test', template: 'welcome', headers: { 'X-A': 'b' } }, 'a header'],
    [{ to: 'ada@example.test\r\nBcc: eve@example.test', template: 'welcome' }, 'a line break in an address'],
    [{ to: 'ada@example.test, eve@example.test', template: 'welcome' }, 'a list in one address'],
    [{ to: 'ada@example.test', html: '<b>spam</b>', subject: 'spam' }, 'content of its own'],
  ])('refuses %j: %s', async (body, _what) => {
    const { sink, post } = await start();
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(sink.messages).toEqual([]);
  });
});
