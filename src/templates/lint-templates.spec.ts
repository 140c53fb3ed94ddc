import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lintTemplates } from './lint-templates.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mail-relay-lint-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('lintTemplates', () => {
  it('tells what is wrong with templates, with the place', async () => {
    await writeFile(join(dir, 'a.hbs'), '<p>{{shout name}}</p>\n<a href="/x">x</a>');
    const findings = await lintTemplates({ dir, helpers: { shout: (text: string) => text.toUpperCase() } });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([
      expect.objectContaining({ rule: 'relative-link', line: 2, column: 4 }),
    ]);
  });
});
