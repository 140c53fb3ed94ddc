import { afterEach, describe, expect, it } from 'vitest';
import { SmtpSink, type SinkStage } from '../support/smtp-sink.js';
import { SpoolFolder } from '../support/spool-folder.js';
import { SqlProcess } from './sql-process.js';

const folder = new SpoolFolder();
const MAILS = Number(process.env['CHAOS_MAILS'] ?? 1000);
const KILLS = 5;
/** Six applications start in it, on whatever machine. */
const LONG = { timeout: 600_000 };
const SEED = Number(process.env['CHAOS_SEED'] ?? 20_261_125);

let sink: SmtpSink | undefined;
const running = new Set<SqlProcess>();
afterEach(async () => {
  for (const process of running) await process.kill();
  running.clear();
  await sink?.close();
  sink = undefined;
});

function start(...args: Parameters<typeof SqlProcess.start>): SqlProcess {
  const started = SqlProcess.start(...args);
  running.add(started);
  return started;
}

async function kill(process: SqlProcess): Promise<readonly string[]> {
  running.delete(process);
  return process.kill();
}

function idsIn(accepted: readonly string[]): readonly string[] {
  return accepted.map((line) => line.split(' ')[0] ?? '');
}

/** How often each mail came, by its id. */
function timesCaught(): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const message of sink?.messages ?? []) {
    const id = /<(\w+)@/.exec(message.header('Message-ID') ?? '')?.[1] ?? '';
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  return times;
}

describe('kill -9 of an application on a SQLite spool', () => {
  it.each<readonly [string, SinkStage]>([
    ['before MAIL is answered', 'mail'],
    ['before DATA is answered', 'data'],
  ])('%s sends the mail again, once, and knows nothing uncertain of it', async (_, stage) => {
    sink = await SmtpSink.start({ faults: { [stage]: { after: 'silence' } } });
    const file = folder.file();
    const first = start(file, sink.url, 0, 1);
    await first.saidAtLeast('accepted', 1);
    const command = stage.toUpperCase();
    await expect
      .poll(() => sink?.commands.some((line) => line.startsWith(command)), { timeout: 30_000 })
      .toBe(true);
    const [id = ''] = idsIn(first.said('accepted'));
    expect(await kill(first)).toEqual([]);

    sink.faults = {};
    const second = start(file, sink.url);
    await second.saidAtLeast('sent', 1);
    expect(second.said('uncertain')).toEqual([]);
    expect(await second.states([id])).toEqual(['sent']);
    expect([...timesCaught()]).toEqual([[id, 1]]);
  });

  it('after the final dot is uncertain, says so, and sends the mail again later', async () => {
    sink = await SmtpSink.start({ faults: { eod: { after: 'silence', keep: true } } });
    const file = folder.file();
    const first = start(file, sink.url, 0, 1);
    await sink.waitForMessages(1, 30_000);
    await first.saidAtLeast('accepted', 1);
    const [id = ''] = idsIn(first.said('accepted'));
    expect(await kill(first)).toEqual([id]);

    sink.faults = {};
    const second = start(file, sink.url);
    await second.saidAtLeast('sent', 1);
    expect(second.said('uncertain')).toEqual([id]);
    expect(await second.states([id])).toEqual(['sent']);
    expect([...timesCaught()]).toEqual([[id, 2]]);
  });

  it(
    `at random points loses none of ${MAILS} mails, and sends none twice that is not marked`,
    LONG,
    async () => {
      sink = await SmtpSink.start();
      const random = seeded(SEED);
      const file = folder.file();
      const accepted = new Map<string, string>();
      const marked = new Set<string>();
      const hear = (process: SqlProcess): void => {
        for (const line of process.said('accepted')) {
          const [id = '', number = ''] = line.split(' ');
          accepted.set(number, id);
        }
      };
      // Whoever heard no receipt asks again with the same key, as a client does.
      const step = Math.ceil(MAILS / KILLS);
      for (let first = 0; first < MAILS; first += step) {
        const begin = Math.max(0, first - step);
        const process = start(file, sink.url, begin, Math.min(MAILS, first + step) - begin);
        await process.saidAtLeast('accepted', Math.floor(random() * step));
        await process.saidAtLeast('sent', Math.floor(random() * step * 0.5));
        for (const id of await kill(process)) marked.add(id);
        hear(process);
      }
      const last = start(file, sink.url, 0, MAILS);
      await last.saidAtLeast('accepted', MAILS);
      hear(last);
      expect(accepted.size).toBe(MAILS);
      const ids = [...accepted.values()];
      const unsent = async () => (await last.states(ids)).filter((state) => state !== 'sent');
      await expect.poll(unsent, { timeout: 120_000, interval: 200 }).toEqual([]);
      running.delete(last);
      expect(await last.end()).toBe(0);
      const caught = timesCaught();
      expect(
        ids.filter((id) => !caught.has(id)),
        `lost, seed ${SEED}`,
      ).toEqual([]);
      const twice = [...caught].filter(([, times]) => times > 1).map(([id]) => id);
      expect(
        twice.filter((id) => !marked.has(id)),
        `sent twice without a mark, seed ${SEED}`,
      ).toEqual([]);
    },
  );
});

/** Numbers in [0, 1) that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
