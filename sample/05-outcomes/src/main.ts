import 'reflect-metadata';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Inbox } from './inbox.js';
import { Story } from './story.js';

// With NODE_ENV=test nothing would leave the application.
process.env['NODE_ENV'] = 'development';

const inbox = new Inbox();
const file = join(await mkdtemp(join(tmpdir(), 'mail-relay-outcomes-')), 'mail.db');
const app = await NestFactory.create(AppModule.with(await inbox.start(), file), { logger: ['error'] });
app.enableShutdownHooks();
await app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
const url = await app.getUrl();

console.log('\nThe first note about a bounce fails on purpose: the log says so, and it is told again.\n');
const story = new Story(app, url);
await story.tell(() => inbox.stop());

if (process.argv.includes('--once')) {
  await app.close();
  console.log(story.failed === 0 ? '\nEverything was as expected.' : `\nNot as expected: ${story.failed}.`);
  process.exitCode = story.failed === 0 ? 0 : 1;
} else {
  console.log('\nLook around; Ctrl-C ends the demo:\n');
  console.log(`  curl ${url}/health`);
  console.log(`  curl ${url}/health/mail/ready`);
  console.log(`  curl ${url}/metrics/mail`);
  console.log(`  curl '${url}/mails?recipient=gone@example.test'\n`);
}
