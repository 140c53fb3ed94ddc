import { requirePeer } from '../peers.mjs';
import { settings } from '../settings.mjs';
import { sender, templateDir, templateMail } from '../workload.mjs';

/**
 * `@nestjs-modules/mailer` as its documentation sets it up: the Handlebars adapter, whose css inlining is on by
 * default, and nodemailer's pool.
 *
 * @type {import('./contender.mjs').StartContender}
 */
export async function startMailer(port) {
  requirePeer('reflect-metadata');
  const { NestFactory } = requirePeer('@nestjs/core');
  const { MailerModule, MailerService } = requirePeer('@nestjs-modules/mailer');
  const { HandlebarsAdapter } = requirePeer('@nestjs-modules/mailer/adapters/handlebars.adapter');
  class AppModule {}
  const app = await NestFactory.createApplicationContext(
    {
      module: AppModule,
      imports: [
        MailerModule.forRoot({
          transport: { pool: true, host: '127.0.0.1', port, maxConnections: settings.connections },
          defaults: { from: sender },
          template: { dir: templateDir, adapter: new HandlebarsAdapter() },
        }),
      ],
    },
    { logger: ['error'] },
  );
  const mailer = app.get(MailerService);
  const send = async (/** @type {number} */ i) => {
    await mailer.sendMail(templateMail(i));
  };
  return {
    send,
    burst: async (count) => void (await Promise.all(Array.from({ length: count }, (_, i) => send(i)))),
    stop: async () => {
      await app.close();
    },
  };
}
