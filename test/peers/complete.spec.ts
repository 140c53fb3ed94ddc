import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const NUMBERS = Array.from({ length: 17 }, (_, i) => i);
const ROW = /^\| (D\d+) +\|[^|]*\| `([^`]+)` +\| (.+?) +\|$/gm;

const table = await readFile(new URL('README.md', import.meta.url), 'utf8');
const rows = [...table.matchAll(ROW)].map(([, id = '', file = '', test = '']) => ({ id, file, test }));

describe('the table of behaviours', () => {
  it('has every one of them', () => {
    const ids = new Set(rows.map(({ id }) => id));
    expect(NUMBERS.filter((number) => !ids.has(`D${number}`))).toEqual([]);
  });

  it('has a test of this folder for each', () => {
    const here = new Set(rows.filter(({ file }) => file.startsWith('test/peers/')).map(({ id }) => id));
    expect(NUMBERS.filter((number) => !here.has(`D${number}`))).toEqual([]);
  });

  it.each(rows)('$id: $file has the test "$test"', async ({ file, test }) => {
    const source = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(source).toContain(`'${test}'`);
  });
});
