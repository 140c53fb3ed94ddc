import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './packed-package.js';

/** The files that a page shows, and what it shows of each. */
function filesOf(page: string): readonly { readonly file: string; readonly code: string }[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return Array.from(text.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm), ([, file = '', code = '']) => ({
    file,
    code,
  }));
}

describe('the documentation shows files of the NestJS 11 application as they are', () => {
  it.each([
    {
      page: 'docs/commonjs-and-jest.md',
      shown: [
        'src/app.module.ts',
        'src/signup.ts',
        'templates/welcome.hbs',
        'templates/welcome.subject.hbs',
        'tsconfig.json',
        'jest.config.js',
        'src/signup.spec.ts',
      ],
    },
    { page: 'docs/testing.md', shown: ['src/mail-matchers.ts'] },
  ])('$page', ({ page, shown }) => {
    const found = filesOf(page);
    expect(found.map(({ file }) => file)).toEqual(shown);
    const files = shown.map((file) => ({
      file,
      code: readFileSync(join(ROOT, 'test/consumers/cjs-nest11', file), 'utf8'),
    }));
    expect(found).toEqual(files);
  });
});
