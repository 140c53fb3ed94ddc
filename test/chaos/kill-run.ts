import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { SmtpSink } from '../support/smtp-sink.js';
import { Killable, type KillChildOptions, type KillCounts, type KillMessage } from './killable.js';

export interface KillPlan {
  readonly storage: 'sqlite' | 'redis';
  /** On Redis: one process queues and sends, as with SQLite, and mail goes straight to its worker. @default false */
  readonly together?: boolean | undefined;
  readonly mails: number;
  /** How often something is killed; each target at least once when there are enough. */
  readonly kills: number;
  readonly seed: number;
  /** What is taken away, to see that it is noticed. */
  readonly missing?: KillChildOptions['missing'] | 'aof';
  /** How long the end may take after the last kill, milliseconds. */
  readonly patienceMs: number;
}

export interface KillResult {
  readonly accepted: number;
  /** Mails that were accepted and never reached the server. */
  readonly lost: readonly string[];
  /** Mails that reached it more than once, and those of them that nobody called uncertain. */
  readonly duplicates: readonly string[];
  readonly unmarked: readonly string[];
  /** What was left at the end; undefined when nobody could say. */
  readonly left: KillCounts | undefined;
}

interface Target {
  readonly name: string;
  readonly kill: () => Promise<void>;
}

/** Runs an application whose parts are killed at random points while a server counts what it gets. */
export async function runKills(plan: KillPlan): Promise<KillResult> {
  const closing: (() => Promise<unknown>)[] = [];
  try {
    return await run(plan, closing);
  } finally {
    for (const one of closing.toReversed()) await one();
  }
}

async function run(plan: KillPlan, closing: (() => Promise<unknown>)[]): Promise<KillResult> {
  // Slow enough that whoever is killed has transactions open, before and after the mark.
  const sink = await SmtpSink.start({ faults: { eod: { delayMs: 20 } } });
  closing.push(() => sink.close());
  const { storage, redis } = await openStorage(plan, closing);
  const ledger = new Ledger();
  const missing = plan.missing === 'aof' ? undefined : plan.missing;
  const process = (sends: boolean, queues: boolean) =>
    new Killable(
      () => ({
        smtp: sink.url,
        storage,
        sends,
        missing,
        from: queues ? ledger.firstMissing(plan.mails) : 0,
        to: queues ? plan.mails : 0,
      }),
      (message) => ledger.hear(message),
    );
  const processes =
    redis && plan.together !== true
      ? { producer: process(false, true), 'worker 1': process(true, false), 'worker 2': process(true, false) }
      : { application: process(true, true) };
  const targets: Target[] = Object.entries(processes).map(([name, one]) => {
    one.start();
    closing.push(() => one.kill9());
    return { name, kill: () => one.kill9().then(() => one.start()) };
  });
  if (redis) targets.push({ name: 'redis', kill: () => redis.kill9().then(() => redis.restart()) });

  await killSome(plan, targets, sink);
  const [asked] = Object.values(processes);
  const left = await settled(plan, ledger, asked);
  return ledger.result(sink, asked, left);
}

async function openStorage(plan: KillPlan, closing: (() => Promise<unknown>)[]) {
  if (plan.storage === 'redis') {
    const redis = await startRedis({ own: true, appendfsync: plan.missing === 'aof' ? false : 'always' });
    closing.push(() => redis.stop());
    return { storage: { kind: 'redis', url: redis.url } as const, redis: redis as TestRedis | undefined };
  }
  const folder = await mkdtemp(join(tmpdir(), 'mail-relay-kill-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  return { storage: { kind: 'sqlite', file: join(folder, 'mail.db') } as const, redis: undefined };
}

/** Kills by progress, not by time: the run is the same on a slow machine. */
async function killSome({ kills, mails, seed, patienceMs }: KillPlan, targets: Target[], sink: SmtpSink) {
  const random = randomOf(seed);
  const order: Target[] = [];
  for (let i = 0; i < kills; i++) {
    if (order.length === 0) order.push(...targets.toSorted(() => random() - 0.5));
    const target = order.pop();
    const at = Math.floor(((i + 0.2 + random() * 0.6) / (kills + 1)) * mails);
    await sink.waitForMessages(at, patienceMs);
    await target?.kill();
  }
}

async function settled(
  { mails, patienceMs }: KillPlan,
  ledger: Ledger,
  asked: Killable | undefined,
): Promise<KillCounts | undefined> {
  const until = performance.now() + patienceMs;
  let last: KillCounts | undefined;
  while (performance.now() < until) {
    const answer = await asked?.ask('counts');
    if (answer?.kind === 'counts') {
      last = answer.counts;
      const { pending, claimed, ringing, kept } = last;
      if (ledger.accepted === mails && pending + claimed + ringing === 0) {
        if (kept === 0) return last;
        // In the hands of three that were killed in a row, a mail is set aside; an operator tries it again.
        await asked?.ask('replay');
      }
    }
    await pause(200);
  }
  return last;
}

/** What was promised, and what was told. */
class Ledger {
  readonly #mails = new Map<number, { readonly mailId: string; readonly messageId: string }>();
  readonly #uncertain = new Set<string>();

  get accepted(): number {
    return this.#mails.size;
  }

  hear(message: KillMessage): void {
    if (message.kind === 'accepted') this.#mails.set(message.i, message);
    else if (message.kind === 'uncertain') this.#uncertain.add(message.mailId);
  }

  firstMissing(mails: number): number {
    for (let i = 0; i < mails; i++) if (!this.#mails.has(i)) return i;
    return mails;
  }

  async result(
    sink: SmtpSink,
    asked: Killable | undefined,
    left: KillCounts | undefined,
  ): Promise<KillResult> {
    const arrived = new Map<string, number>();
    for (const message of sink.messages) {
      const id = message.header('Message-ID') ?? '';
      arrived.set(id, (arrived.get(id) ?? 0) + 1);
    }
    const mails = Array.from(this.#mails.values());
    const times = ({ messageId }: { readonly messageId: string }): number => arrived.get(messageId) ?? 0;
    const duplicates = mails.filter((mail) => times(mail) > 1).map(({ mailId }) => mailId);
    const silent = duplicates.filter((id) => !this.#uncertain.has(id));
    // Whoever called it uncertain may have been killed before it told us; the attempt it counted is still there.
    const answer = silent.length > 0 ? await asked?.ask('attempts', silent) : undefined;
    const attempts = new Map(answer?.kind === 'attempts' ? answer.attempts : []);
    return {
      accepted: mails.length,
      lost: mails.filter((mail) => times(mail) === 0).map(({ mailId }) => mailId),
      duplicates,
      unmarked: silent.filter((id) => (attempts.get(id) ?? 0) < 2),
      left,
    };
  }
}

/** Mulberry32: small, and the same everywhere. */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
