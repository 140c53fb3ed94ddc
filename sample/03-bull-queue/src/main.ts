import { Inbox } from './inbox.js';
import { StartedProcess } from './started-process.js';

const SIGNUPS = 100;
const WITHIN_MS = 90_000;

const redis = process.env['REDIS_URL'];
if (redis === undefined) {
  console.error('This sample needs a Redis: REDIS_URL=redis://localhost:6379 npm run demo:bull');
  process.exit(2);
}

const inbox = new Inbox();
const env = {
  REDIS_URL: redis,
  MAIL_URL: await inbox.start(),
  // A namespace of its own for each run, so that an earlier one leaves nothing to do.
  MAIL_NAMESPACE: `sample-${process.pid}`,
  // With NODE_ENV=test nothing would leave the application.
  NODE_ENV: 'development',
};
const api = new StartedProcess('./api.js', env);
let worker = new StartedProcess('./worker.js', env);
const url = await api.printed(/api (http:\S+)/);
await worker.printed(/worker ready/);
console.log(`The API takes signups at ${url}/signup; a worker sends.`);

if (process.argv.includes('--once')) {
  await Promise.all(Array.from({ length: SIGNUPS }, (_, i) => signUp(`user${i}@example.test`)));
  await worker.printed(/(?:sent[^\n]*\n){10}/);
  await worker.end('SIGKILL');
  console.log(`The worker was killed after ${inbox.taken.size} of ${SIGNUPS} mails; another one starts.`);
  worker = new StartedProcess('./worker.js', env);
  await inbox.waitFor(SIGNUPS, WITHIN_MS);

  const twice = [...inbox.taken.values()].filter((count) => count > 1).length;
  console.log(`Mailed: ${inbox.taken.size} of ${SIGNUPS}.${twice > 0 ? ` More than once: ${twice}.` : ''}`);
  const codes = [await worker.end('SIGTERM'), await api.end('SIGTERM')];
  await inbox.stop();
  console.log(`The worker drained and ended with ${codes[0]}.`);
  process.exitCode = inbox.taken.size === SIGNUPS && codes[0] === 0 ? 0 : 1;
} else {
  console.log(`\n  curl -X POST ${url}/signup -H 'content-type: application/json' \\`);
  console.log(`    -d '{"name":"Grace","email":"grace@example.test"}'\n`);
  process.once('SIGINT', () => void Promise.all([worker.end('SIGTERM'), api.end('SIGTERM'), inbox.stop()]));
}

async function signUp(email: string): Promise<void> {
  const response = await fetch(`${url}/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Ada', email }),
  });
  if (response.status !== 202) throw new Error(`A signup was answered with ${response.status}.`);
}
