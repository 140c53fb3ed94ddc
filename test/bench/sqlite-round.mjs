// One round on a SQLite spool in a process of its own: `node sqlite-round.mjs grouped|single|unsynced|waiting:<mails>`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SystemClock } from '../../dist/clock/system-clock.js';
import { SqlSpool } from '../../dist/storage/sql/sql-spool.js';
import { sampleEntry, sampleMail } from '../../dist/testing/sample-mail.js';
import { settings } from './settings.mjs';

const CALLERS = 100;
const MESSAGE_BYTES = 4096;
const LEASE = { owner: 'bench', leaseMs: 60_000 };
const SENT = [{ address: 'ada@example.test', state: /** @type {const} */ ('sent') }];

const [kind = 'grouped'] = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), 'mail-relay-bench-'));
const clock = new SystemClock();
const file = join(dir, 'spool.db');
const messages = Array.from({ length: 100 }, (_, i) => text(i));
let serial = 0;
try {
  const [, waiting] = kind.split(':');
  console.log(
    JSON.stringify(waiting === undefined ? await throughput() : await withWaiting(Number(waiting))),
  );
} finally {
  rmSync(dir, { recursive: true });
}

async function throughput() {
  const spool = await open();
  await many(settings.messages, () => spool.add(entry()));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const ids = [];
  const cpu = process.cpuUsage();
  const main = performance.eventLoopUtilization();
  const began = performance.now();
  await many(settings.messages, async () => {
    const one = entry();
    await spool.add(one);
    ids.push(one.mail.id);
  });
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const { active } = performance.eventLoopUtilization(main);
  delay.disable();

  const sending = performance.now();
  await many(ids.length, async (i) => {
    const claim = await spool.claim(ids[i] ?? '', LEASE);
    if (!claim) throw new Error('a mail that was added cannot be claimed');
    await spool.mark(claim, 'bench', claim.mail.envelope.to);
    await spool.settle(claim, { recipients: SENT, countAttempt: true });
  });
  const sendingMs = performance.now() - sending;
  await spool.close();
  return {
    addsPerSecond: (settings.messages / ms) * 1000,
    deliveriesPerSecond: (ids.length / sendingMs) * 1000,
    mainUs: (active * 1000) / settings.messages,
    cpuUs: (user + system) / settings.messages,
    loopMs: delay.max / 1e6,
  };
}

/** @param {number} waiting */
async function withWaiting(waiting) {
  const first = await open();
  for (let added = 0; added < waiting; added += 1000) {
    await first.addMany(Array.from({ length: Math.min(1000, waiting - added) }, () => entry(true)));
  }
  await first.close();
  const opening = performance.now();
  const spool = await open();
  const openMs = performance.now() - opening;
  await spool.due(1000);
  const dueMs = await timed(() => spool.due(1000));
  const nextMs = await timed(() => spool.nextDueAt());
  const last = String(serial).padStart(26, '0');
  const claimMs = await timed(() => spool.claim(last, LEASE));
  await spool.close();
  return { openMs, dueMs, nextMs, claimMs };
}

function open() {
  return SqlSpool.open({
    file,
    clock,
    relay: 'default',
    maxBatch: kind === 'single' ? 1 : undefined,
    synchronous: kind === 'unsynced' ? 'OFF' : 'FULL',
  });
}

/**
 * @param {number} count
 * @param {(i: number) => Promise<unknown>} call
 */
async function many(count, call) {
  let next = 0;
  const caller = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

/** @param {() => Promise<unknown>} call */
async function timed(call) {
  const times = [];
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    await call();
    times.push(performance.now() - began);
  }
  return times.toSorted((a, b) => a - b)[2] ?? Number.NaN;
}

/** @param {boolean} [isSmall] */
function entry(isSmall = false) {
  const now = clock.now();
  const id = String(++serial).padStart(26, '0');
  const mail = sampleMail({
    id,
    createdAt: now,
    dueAt: now,
    expiresAt: now + 432_000_000,
    sizeBytes: MESSAGE_BYTES,
  });
  const message = messages[serial % messages.length];
  return sampleEntry(mail, isSmall || !message ? {} : { message });
}

/**
 * Text as mail is: it compresses to about half.
 *
 * @param {number} seed
 */
function text(seed) {
  let state = seed + 1;
  let words = '';
  while (words.length < MESSAGE_BYTES) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    words += `${(state % 400).toString(36)}${((state * 7) % 397).toString(36)}tion `;
  }
  return Buffer.from(words.slice(0, MESSAGE_BYTES));
}
