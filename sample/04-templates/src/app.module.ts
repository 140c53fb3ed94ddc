import { fileURLToPath } from 'node:url';
import { Module } from '@nestjs/common';
import { MailRelayModule } from 'nestjs-mail-relay';
import { GalleryController } from './gallery.controller.js';

@Module({
  imports: [
    MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      transport: 'memory:',
      storage: 'memory',
      templates: { dir: fileURLToPath(new URL('../templates', import.meta.url)), layout: 'default' },
    }),
  ],
  controllers: [GalleryController],
})
export class AppModule {}
