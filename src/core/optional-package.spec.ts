import { describe, expect, it } from 'vitest';
import { loadOptional } from './optional-package.js';

describe('a package that only some applications need', () => {
  it('is loaded when it is there', async () => {
    expect(await loadOptional('It', 'rxjs', async () => (await import('rxjs')).of)).toBeTypeOf('function');
  });

  it('is named with the line that installs it', async () => {
    const name = '@acme/no-such-package';
    const missing = {
      code: 'ERR_MAIL_RELAY_PACKAGE_MISSING',
      message: `It needs ${name}@1, which is not installed. Install it: npm install ${name}@1`,
    };
    await expect(
      loadOptional('It', `${name}@1`, () => import(name) as Promise<unknown>),
    ).rejects.toMatchObject(missing);
  });

  it('is told from one that is there and does not load', async () => {
    const cause = new Error('compiled against a different Node.js version');
    await expect(loadOptional('It', 'sqlite@1', () => Promise.reject(cause))).rejects.toMatchObject({
      message:
        'It needs sqlite@1, which is installed and cannot be loaded. Install it anew: npm install sqlite@1',
      cause,
    });
  });
});
