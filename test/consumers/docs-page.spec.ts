import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './packed-package.js';

describe('docs/commonjs-and-jest.md', () => {
  it('shows files of the NestJS 11 application as they are', () => {
    const page = readFileSync(join(ROOT, 'docs/commonjs-and-jest.md'), 'utf8');
    const blocks = Array.from(page.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm), ([, file = '', code]) => ({
      file,
      code,
    }));
    expect(blocks.map(({ file }) => file)).toEqual([
      'src/app.module.ts',
      'src/signup.ts',
      'templates/welcome.hbs',
      'templates/welcome.subject.hbs',
      'tsconfig.json',
      'jest.config.js',
      'src/signup.spec.ts',
    ]);
    const files = blocks.map(({ file }) => ({
      file,
      code: readFileSync(join(ROOT, 'test/consumers/cjs-nest11', file), 'utf8'),
    }));
    expect(blocks).toEqual(files);
  });
});
