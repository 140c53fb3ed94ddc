import 'reflect-metadata';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { MailService } from 'nestjs-mail-relay';
import { AppModule } from './app.module.js';
import { startCatcher } from './catcher.js';
import { outcomesAsExpected } from './expected-outcomes.js';
import { Signup } from './signup.js';

const USERS = [
  { id: '1', name: 'Ada', email: 'ada@example.test' },
  { id: '2', name: 'Gone', email: 'gone@example.test' },
  { id: '3', name: 'Later', email: 'later@example.test' },
];

const once = process.argv.includes('--once');
// With NODE_ENV=test nothing would leave the application.
process.env['NODE_ENV'] = 'development';

const dir = await mkdtemp(join(tmpdir(), 'mail-relay-demo-'));
const catcher = await startCatcher(join(dir, 'caught'));
// A file of its own for each demonstration: an application keeps one, and goes on with it after a restart.
const file = join(dir, 'spool.db');
const app = await NestFactory.create(AppModule.with(catcher.url, file), { logger: ['error', 'warn'] });
app.enableShutdownHooks();
await app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
const url = await app.getUrl();

console.log(`\nThe SMTP catcher takes mail at ${catcher.url}`);
console.log(`What it caught lies in         ${pathToFileURL(catcher.dir).href}`);
console.log(`Mail is kept until it is sent  ${pathToFileURL(file).href}\n`);

const expected = outcomesAsExpected(app.get(MailService).events$);
for (const user of USERS) await app.get(Signup).welcome(user);

if (once) {
  const ok = await expected;
  await app.close();
  await catcher.close();
  console.log(ok ? '\nThe three outcomes are as expected.' : '\nThe outcomes are not as expected.');
  process.exitCode = ok ? 0 : 1;
} else {
  console.log(`Send one yourself, and see what becomes of it; Ctrl-C ends the demo:\n`);
  console.log(`  curl -X POST ${url}/signup -H 'content-type: application/json' \\`);
  console.log(`    -d '{"name":"Grace","email":"grace@example.test"}'\n`);
}
