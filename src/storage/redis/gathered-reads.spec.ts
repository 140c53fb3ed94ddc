import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GatheredReads } from './gathered-reads.js';

function setUp() {
  const asked: (readonly string[])[] = [];
  const reads = new GatheredReads(async (fields) => {
    asked.push([...fields]);
    return fields.map((field) => (field === 'none' ? null : field.toUpperCase()));
  });
  return { asked, reads };
}

describe('gathered reads', () => {
  it('of one turn are one command, and everybody gets what he asked for', async () => {
    const { asked, reads } = setUp();
    const answers = await Promise.all([
      reads.read(['a', 'b'], 1),
      reads.read([], 1),
      reads.read(['none', 'c'], 1),
    ]);
    expect(answers).toEqual([['A', 'B'], [], [null, 'C']]);
    expect(asked).toEqual([['a', 'b', 'none', 'c']]);
  });

  it('of another turn, or with another patience, are another command', async () => {
    const { asked, reads } = setUp();
    const first = reads.read(['a'], 1);
    const patient = reads.read(['b'], 9);
    await nextTurn();
    const second = reads.read(['c'], 1);
    expect(await Promise.all([first, patient, second])).toEqual([['A'], ['B'], ['C']]);
    expect(asked).toEqual([['a'], ['b'], ['c']]);
  });

  it('do not grow once they hold a thousand fields', async () => {
    const { asked, reads } = setUp();
    const many = Array.from({ length: 600 }, (_, i) => `f${i}`);
    await Promise.all([reads.read(many, 1), reads.read(many, 1), reads.read(many, 1)]);
    expect(asked.map(({ length }) => length)).toEqual([1200, 600]);
  });

  it('fail for everybody who asked', async () => {
    const reads = new GatheredReads(() => Promise.reject(new Error('away')));
    const settled = await Promise.allSettled([reads.read(['a'], 1), reads.read(['b'], 1)]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
