import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import type { BulkCounts, BulkProblem, BulkRecipient, MailDraft } from 'nestjs-mail-relay';
import { MemorySpool } from '../../src/spool/memory/memory-spool.js';
import { Spool, type SpoolEntry, type SpoolReceipt } from '../../src/spool/spool.js';
import { SystemClock } from '../../src/clock/system-clock.js';
import { MailRelayError } from '../../src/core/mail-relay-error.js';
import { RelayApp } from '../support/relay-app.js';
import { SmtpSink } from '../support/smtp-sink.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one();
});

/** Takes every mail and keeps none: what remains is what the bulk itself holds. */
class DiscardingSpool extends MemorySpool {
  batches: number[] = [];
  mostAtOnce = 0;

  constructor() {
    super(new SystemClock());
  }

  override async addMany(entries: readonly SpoolEntry[]): Promise<readonly SpoolReceipt[]> {
    this.batches.push(entries.length);
    this.mostAtOnce = Math.max(this.mostAtOnce, entries.length);
    await new Promise(setImmediate);
    return entries.map(({ mail, recipients }) => ({
      deduplicated: false,
      spooled: { mail, recipients: recipients.map((one) => ({ ...one, dueAt: undefined })), attempts: 0 },
    }));
  }
}

const bodyOf = (raw: Buffer) => raw.toString().split('\r\n\r\n')[1] ?? '';
const greeting = ({ name, from }: { name: string; from: string }) => ({
  text: `Hello ${name}, from ${from}.`,
});

async function start(spool: Spool = new MemorySpool(new SystemClock()), worker = false) {
  const sink = await SmtpSink.start();
  closing.push(() => sink.close());
  const relay = await RelayApp.start({
    transport: sink.url,
    worker,
    templates: { functions: { greeting } },
    features: [{ providers: [{ provide: Spool, useValue: spool }] }],
  });
  closing.push(() => relay.close());
  return { sink, relay, mail: relay.mail, spool };
}

function* drafts(count: number, from = 0): Generator<MailDraft> {
  for (let i = from; i < count; i++) {
    yield { to: `user${i}@example.test`, subject: `Mail ${i}`, text: 'Hello.', idempotencyKey: `${i}` };
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is held on to, whatever of the garbage the process has not given back yet. */
function bytesHeld(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Tells when the spool has refused a mail of a batch for want of room. */
function onFull(spool: Spool, tell: () => void): void {
  const addMany = spool.addMany.bind(spool);
  spool.addMany = async (entries) => {
    const answers = await addMany(entries);
    if (answers.some((one) => one instanceof Error)) tell();
    return answers;
  };
}

describe('queueMany()', () => {
  it('stores the drafts of an iterable and sends them', async () => {
    const { sink, mail } = await start(undefined, true);
    expect(await mail.queueMany(drafts(250))).toEqual({
      read: 250,
      queued: 250,
      deduplicated: 0,
      failed: 0,
      aborted: false,
      problems: [],
    });
    await sink.waitForMessages(250);
    expect(new Set(sink.messages.map(({ to }) => to[0])).size).toBe(250);
  });

  it('makes one mail for each recipient of one draft, with their context', async () => {
    const { sink, mail } = await start(undefined, true);
    async function* recipients(): AsyncGenerator<BulkRecipient> {
      for (const name of ['Ada', 'Bob'])
        yield { to: `${name.toLowerCase()}@example.test`, context: { name } };
    }
    const shared = {
      subject: 'Hello',
      template: 'greeting',
      tags: ['news'],
      context: { name: 'you', from: 'us' },
    };
    expect(await mail.queueMany(shared, { recipients: recipients() })).toMatchObject({ queued: 2 });
    await sink.waitForMessages(2);
    const told = sink.messages.map(({ to, raw }) => `${to.join()}: ${/Hello .*/.exec(bodyOf(raw))?.[0]}`);
    expect(told.toSorted()).toEqual([
      'ada@example.test: Hello Ada, from us.',
      'bob@example.test: Hello Bob, from us.',
    ]);
  });

  it('can be run again from the beginning, and stores nothing twice', async () => {
    const { mail, spool } = await start();
    const run = (count: number) => mail.queueMany(drafts(count), { bulkId: 'news-42', batchSize: 20 });
    expect(await run(70)).toMatchObject({ queued: 70 });
    expect(await run(100)).toMatchObject({ read: 100, queued: 30, deduplicated: 70 });
    expect(await mail.queueMany(drafts(10), { bulkId: 'news-43' })).toMatchObject({ queued: 10 });
    expect((await spool.counts()).pending).toBe(110);
  });

  it('tells recipients apart without keys, and never keeps their addresses in one', async () => {
    const { mail, spool } = await start();
    const keys: string[] = [];
    const addMany = spool.addMany.bind(spool);
    spool.addMany = (entries) => {
      keys.push(...entries.map(({ idempotency }) => idempotency?.key ?? ''));
      return addMany(entries);
    };
    const shared = { subject: 'Hello', text: 'Hello.' };
    const recipients = [
      { to: 'ada@example.test' },
      { to: 'bob@example.test' },
      { to: 'eve@example.test', key: 'e' },
    ];
    await mail.queueMany(shared, { bulkId: 'b', recipients });
    expect(await mail.queueMany(shared, { bulkId: 'b', recipients: recipients.toReversed() })).toMatchObject({
      queued: 0,
      deduplicated: 3,
    });
    expect(keys[2]).toBe('b:e');
    expect(keys.join()).not.toContain('example.test');
  });

  it('reports a bad draft and goes on with the others', async () => {
    const { mail } = await start();
    const told: BulkProblem[] = [];
    const source = [
      ...drafts(3),
      { to: 'no address', subject: 'x', text: 'x' },
      'nothing' as MailDraft,
      ...drafts(5, 3),
    ];
    const result = await mail.queueMany(source, {
      onProblem: (problem) => void told.push(problem),
      batchSize: 2,
    });
    expect(result).toMatchObject({ read: 7, queued: 5, failed: 2, aborted: false });
    expect(result.problems).toEqual(told);
    expect(told).toMatchObject([
      { index: 3, error: { code: 'ERR_MAIL_RELAY_ADDRESS', field: 'to' } },
      { index: 4, error: { code: 'ERR_MAIL_RELAY_DRAFT' } },
    ]);
  });

  it('reports a key that was used for another draft', async () => {
    const { mail } = await start();
    await mail.queueMany(drafts(2), { bulkId: 'b' });
    const changed = Array.from(drafts(2), (draft) => ({ ...draft, subject: 'Another' }));
    expect(await mail.queueMany(changed, { bulkId: 'b' })).toMatchObject({
      failed: 2,
      problems: [
        { index: 0, key: '0', error: { code: 'ERR_MAIL_RELAY_IDEMPOTENCY_CONFLICT' } },
        { index: 1 },
      ],
    });
  });

  it('reads no further than the spool has stored, but for a batch or two', async () => {
    const spool = new DiscardingSpool();
    const { mail } = await start(spool);
    let open: (() => void) | undefined;
    const addMany = spool.addMany.bind(spool);
    const gate = new Promise<void>((resolve) => (open = resolve));
    spool.addMany = async (entries) => {
      await gate;
      return addMany(entries);
    };
    let read = 0;
    function* counted() {
      for (const draft of drafts(1000)) {
        read++;
        yield draft;
      }
    }
    const run = mail.queueMany(counted(), { batchSize: 10 });
    await expect.poll(() => read).toBeGreaterThanOrEqual(20);
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    expect(read).toBeLessThanOrEqual(40);
    open?.();
    expect(await run).toMatchObject({ queued: 1000 });
  });

  it('waits while the spool is full, and goes on when there is room', async () => {
    const spool = new MemorySpool(new SystemClock(), { maxMails: 20 });
    const { sink, mail } = await start(spool, true);
    expect(await mail.queueMany(drafts(200), { batchSize: 50 })).toMatchObject({ queued: 200, failed: 0 });
    await sink.waitForMessages(200);
  });

  it('ends at the signal, even when the source hangs; what is stored stays', async () => {
    const { mail, spool } = await start();
    const abort = new AbortController();
    async function* hanging(): AsyncGenerator<MailDraft> {
      yield* drafts(20);
      abort.abort();
      await new Promise(() => undefined);
    }
    const result = await mail.queueMany(hanging(), { batchSize: 5, signal: abort.signal });
    expect(result).toMatchObject({ aborted: true, failed: 0 });
    expect((await spool.counts()).pending).toBe(result.queued);
    expect(result.queued).toBeLessThanOrEqual(20);
  });

  it('ends at the signal while the spool is full', async () => {
    const spool = new MemorySpool(new SystemClock(), { maxMails: 5 });
    const { mail } = await start(spool);
    const abort = new AbortController();
    onFull(spool, () => abort.abort());
    const run = mail.queueMany(drafts(100), { batchSize: 10, signal: abort.signal });
    expect(await run).toMatchObject({ aborted: true, queued: 5 });
  });

  it('ends when the relay takes no more mail while the spool is full', async () => {
    const spool = new MemorySpool(new SystemClock(), { maxMails: 5 });
    const { mail, relay } = await start(spool);
    const full = new Promise<void>((resolve) => onFull(spool, resolve));
    const run = mail.queueMany(drafts(10), { batchSize: 10 });
    // From the beginning: it may reject while the relay is still closing.
    const ended = expect(run).rejects.toMatchObject({ code: 'ERR_MAIL_RELAY_CLOSED' });
    await full;
    await relay.close();
    await ended;
  });

  it('keeps what a failing source gave, and says where it failed', async () => {
    const { mail, spool } = await start();
    function* failing() {
      yield* drafts(7);
      throw new Error('the database went away');
    }
    const error = await mail.queueMany(failing(), { batchSize: 5 }).catch((one: unknown) => one);
    expect(error).toMatchObject({ code: 'ERR_MAIL_RELAY_BULK_SOURCE' });
    expect(String(error)).toContain('after 7 items');
    expect((await spool.counts()).pending).toBe(7);
  });

  it('stops when the spool cannot be asked, and closes the source', async () => {
    const { mail, spool } = await start();
    let calls = 0;
    spool.addMany = async () => {
      calls++;
      throw new MailRelayError('ERR_MAIL_RELAY_CLOSED', 'away');
    };
    let closed = false;
    function* source() {
      try {
        yield* drafts(10_000);
      } finally {
        closed = true;
      }
    }
    await expect(mail.queueMany(source(), { batchSize: 10 })).rejects.toThrow('away');
    expect(calls).toBe(1);
    expect(closed).toBe(true);
  });

  it('tells its progress after each batch', async () => {
    const { mail } = await start();
    const told: BulkCounts[] = [];
    await mail.queueMany(drafts(25), { batchSize: 10, onProgress: (counts) => void told.push(counts) });
    expect(told.map(({ queued }) => queued)).toEqual([10, 20, 25]);
  });

  it.each([
    ['bulkId', { bulkId: 'has a space' }],
    ['batchSize', { batchSize: 0 }],
  ])('refuses a %s that is none', async (field, options) => {
    const { mail } = await start();
    await expect(mail.queueMany(drafts(1), options)).rejects.toMatchObject({ field });
  });

  it('refuses what is neither many drafts nor one with recipients', async () => {
    const { mail } = await start();
    const one = { to: 'ada@example.test', subject: 'x', text: 'x' };
    await expect(mail.queueMany(one as never)).rejects.toMatchObject({ field: 'drafts' });
    await expect(mail.queueMany(one, { recipients: 5 as never })).rejects.toMatchObject({
      field: 'recipients',
    });
    await expect(mail.queueMany([one] as never, { recipients: [] })).rejects.toMatchObject({
      field: 'recipients',
    });
  });

  it('goes through 50 000 drafts in bounded memory', { timeout: 300_000 }, async () => {
    const spool = new DiscardingSpool();
    const { mail, relay } = await start(spool);
    function* heavy(count: number) {
      // Kept, 50 000 of them and their messages were more than 400 MB.
      for (const draft of drafts(count)) yield { ...draft, text: `${draft.subject}. `.repeat(300) };
    }
    await mail.queueMany(heavy(5_000));
    const before = bytesHeld();
    let most = 0;
    const onProgress = ({ queued }: BulkCounts) => {
      // The test's own record of what was told.
      relay.events.length = 0;
      if (queued % 5_000 === 0) most = Math.max(most, bytesHeld());
    };
    const result = await mail.queueMany(heavy(50_000), { bulkId: 'big', onProgress });
    expect(result).toMatchObject({ read: 50_000, queued: 50_000, failed: 0 });
    expect(spool.mostAtOnce).toBe(100);
    expect(most).toBeGreaterThan(0);
    expect((most - before) / 1024 / 1024).toBeLessThan(40);
  });
});
