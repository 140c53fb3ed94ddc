import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { MailService, TransportStates } from 'nestjs-mail-relay';
import { AppModule } from './app.module.js';
import { RelayServer } from './relay-server.js';
import { sendOver } from './send-over.js';

const once = process.argv.includes('--once');
// With NODE_ENV=test nothing would leave the application.
process.env['NODE_ENV'] = 'development';

const primary = await new RelayServer('primary').start();
const backup = await new RelayServer('backup').start();
const app = await NestFactory.create(AppModule.with({ primary: primary.url, backup: backup.url }), {
  logger: ['error'],
});
app.enableShutdownHooks();
await app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
const mail = app.get(MailService);
const states = app.get(TransportStates);

const ways: string[] = [];
const send = async (subject: string): Promise<void> => void ways.push(await sendOver(mail, subject));

console.log('\nBoth relays work.');
await send('The first mail');

console.log('The primary goes away.');
await primary.stop();
await send('The mail that finds out');
await send('The next one does not even ask');

console.log('The primary comes back.');
await primary.start();
await untilAskedAgain();
await send('The probe');
await send('And everything is as before');

const expected = ['primary', 'backup', 'backup', 'primary', 'primary'];
const ok = ways.join() === expected.join() && primary.taken === 3 && backup.taken === 2;
console.log(ok ? '\nEvery mail went where it should.' : '\nSome mail did not go where it should.');

if (once) {
  await app.close();
  await primary.stop();
  await backup.stop();
  process.exitCode = ok ? 0 : 1;
} else {
  console.log(`\nSee which relays are used at ${await app.getUrl()}/health/mail; Ctrl-C ends the demo.\n`);
}

/** Waits until the breaker would let a mail pass again. */
async function untilAskedAgain(): Promise<void> {
  const [state] = states.all();
  if (state?.transport.state !== 'down') return;
  await setTimeout(Math.max(0, state.transport.until.getTime() - Date.now()));
}
