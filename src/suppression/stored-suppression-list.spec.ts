import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TestClock } from '../testing/test-clock.js';
import { MemorySuppressionStore } from './memory/memory-suppression-store.js';
import { StoredSuppressionList } from './stored-suppression-list.js';
import type { SuppressionImportProblem } from './suppression-list.js';
import { SuppressionSubjects } from './suppression-subjects.js';

function setUp(keys: readonly string[] = []) {
  const clock = new TestClock();
  const store = new MemorySuppressionStore();
  return { clock, store, list: new StoredSuppressionList(store, new SuppressionSubjects(keys, {}), clock) };
}

async function exported(list: StoredSuppressionList, tenant?: string): Promise<string> {
  let text = '';
  for await (const chunk of list.exportCsv({ tenant })) text += String(chunk);
  return text;
}

describe('the suppression list', () => {
  it.each([
    [{ address: 'no address' }, 'ERR_MAIL_RELAY_ADDRESS'],
    [{ domain: 'no domain' }, 'ERR_MAIL_RELAY_ADDRESS'],
    [{}, 'ERR_MAIL_RELAY_SUPPRESSION'],
    [{ address: 'a@b.test', domain: 'b.test' }, 'ERR_MAIL_RELAY_SUPPRESSION'],
    [{ address: 'a@b.test', scope: 'news' }, 'ERR_MAIL_RELAY_SUPPRESSION'],
    [{ address: 'a@b.test', reason: 'because' }, 'ERR_MAIL_RELAY_SUPPRESSION'],
    [{ address: 'a@b.test', expiresAt: new Date(0) }, 'ERR_MAIL_RELAY_SUPPRESSION'],
  ])('does not take %j', async (entry, code) => {
    const { list } = setUp();
    await expect(list.add(entry as never)).rejects.toMatchObject({ code });
    expect((await list.list()).entries).toEqual([]);
  });

  it('tells what concerns an address: its own entries and those of its domain', async () => {
    const { list } = setUp();
    await list.add({ address: 'Ada@example.test', source: 'ticket 7' });
    await list.add({ domain: 'example.test', scope: 'marketing' });
    expect(await list.find('ada@EXAMPLE.test')).toMatchObject([
      { address: 'ada@example.test', scope: 'all', reason: 'manual', source: 'ticket 7' },
      { domain: 'example.test', scope: 'marketing' },
    ]);
  });

  it('comes out as CSV and goes in again as it was', async () => {
    const { list, clock } = setUp();
    await list.add({ address: '=1+1@example.test', source: 'a "quoted", note' });
    await list.add({
      address: "'x@example.test",
      tenant: 'acme',
      scope: 'stream:news',
      reason: 'unsubscribe',
    });
    await list.add({ domain: 'example.test', expiresAt: new Date(clock.now() + 5000) });
    const csv = await exported(list);
    const other = setUp();
    expect(await other.list.importCsv([csv])).toMatchObject({ lines: 3, taken: 3, refused: 0 });
    expect(await exported(other.list)).toBe(csv);
    expect(await exported(list, 'acme')).toContain('stream:news');
    expect(await exported(list, 'acme')).not.toContain('=1+1');
  });

  it('exports hashes and takes them again', async () => {
    const keys = ['a key of the tests'];
    const { list } = setUp(keys);
    await list.add({ address: 'ada@example.test' });
    const csv = await exported(list);
    expect(csv).not.toContain('ada');
    const other = setUp(keys);
    await other.list.importCsv([csv]);
    expect(await other.list.find('ada@example.test')).toHaveLength(1);
  });

  it('does not export what has expired', async () => {
    const { list, clock } = setUp();
    await list.add({ address: 'a@b.test', expiresAt: new Date(clock.now() + 1) });
    clock.jump(1);
    expect(await exported(list)).not.toContain('a@b.test');
  });

  it('reads the file of a former provider', async () => {
    const { list } = setUp();
    const csv =
      'Email Address;Status;Created\nada@example.test;Bounced;1700000000\nbob@example.test;Spam;2026-01-01T00:00:00Z\neve@example.test;Odd;\n';
    const result = await list.importCsv([csv], {
      columns: { reason: 'Status', created_at: 'created' },
      reason: (told) => (({ Bounced: 'hard-bounce', Spam: 'complaint' }) as const)[told],
      source: 'former provider',
    });
    expect(result).toMatchObject({ lines: 3, taken: 2, refused: 1, problems: [{ line: 4 }] });
    expect(await list.find('ada@example.test')).toMatchObject([
      { reason: 'hard-bounce', source: 'former provider', createdAt: new Date(1_700_000_000_000) },
    ]);
  });

  it.each([
    ['nobody', 'address\nnobody\n', 2],
    ['two subjects', 'address,domain\na@b.test,b.test\n', 2],
    ['none', 'address,reason\n,manual\n', 2],
    ['an unknown scope', 'address,scope\na@b.test,some\n', 2],
    ['an unknown reason', 'address,reason\na@b.test,whim\n', 2],
    ['no time', 'address,created_at\na@b.test,yesterday\n', 2],
    ['what has expired', 'address,expires_at\na@b.test,2001-01-01T00:00:00Z\n', 2],
    ['a forged hash', 'hash\nhmac:short\n', 2],
  ])('tells the line with %s, without the address, and goes on', async (_what, csv, line) => {
    const { list } = setUp();
    const problems: SuppressionImportProblem[] = [];
    const [header = ''] = csv.split('\n');
    const good = header
      .split(',')
      .map((column) => ({ address: 'good@b.test', hash: `hmac:${'x'.repeat(43)}` })[column] ?? '');
    const result = await list.importCsv([csv, good.join(',')], {
      onProblem: (problem) => problems.push(problem),
    });
    expect(result).toMatchObject({ lines: 2, taken: 1, refused: 1 });
    expect(problems).toEqual(result.problems);
    expect(problems[0]?.line).toBe(line);
    expect(problems[0]?.reason).not.toMatch(/a@b\.test|nobody\b/);
  });

  it.each(['', 'a@b.test\n', 'name,created\n'])('does not take the file %j without a header', async (csv) => {
    const { list } = setUp();
    await expect(list.importCsv([csv])).rejects.toMatchObject({ code: 'ERR_MAIL_RELAY_SUPPRESSION' });
  });

  it('holds no more than one group of a file at once, and reads on only when it is stored', async () => {
    const { list, store } = setUp();
    let read = 0;
    let put = 0;
    let most = 0;
    const original = store.put.bind(store);
    store.put = async (entries, now) => {
      await nextTurn();
      put += entries.length;
      return original(entries, now);
    };
    function* lines() {
      yield 'address\n';
      for (; read < 5000; read++) {
        most = Math.max(most, read - put);
        yield `u${read}@example.test\n`;
      }
    }
    expect(await list.importCsv(lines())).toMatchObject({ lines: 5000, taken: 5000 });
    expect(most).toBeLessThanOrEqual(501);
  });
});
