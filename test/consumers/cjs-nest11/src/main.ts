import { NestFactory } from '@nestjs/core';
import { MailService } from 'nestjs-mail-relay';
import { filter, firstValueFrom } from 'rxjs';
import { AppModule } from './app.module';
import { Signup } from './signup';

// Boots, sends one mail and ends: nothing may keep the process alive after close().
async function main() {
  const app = await NestFactory.create(AppModule);
  await app.listen(0, '127.0.0.1');
  const sent = firstValueFrom(app.get(MailService).events$.pipe(filter(({ type }) => type === 'sent')));
  await app.get(Signup).welcome({ id: '1', name: 'Ada', email: 'ada@example.test' });
  await sent;
  await app.close();
}

void main();
