import { describe, expect, it } from 'vitest';

import { templateDirectories } from './template-directories.js';

describe('templateDirectories', () => {
  it('looks below the working directory, its src and dist, then beside the main script', () => {
    expect(templateDirectories('mail/templates', { cwd: '/app', main: '/srv/shop/dist/main.js' })).toEqual([
      '/app/mail/templates',
      '/app/src/mail/templates',
      '/app/dist/mail/templates',
      '/srv/shop/dist/mail/templates',
    ]);
  });

  it('names a place once when the main script is in dist', () => {
    expect(templateDirectories('templates', { cwd: '/app', main: '/app/dist/main.js' })).toEqual([
      '/app/templates',
      '/app/src/templates',
      '/app/dist/templates',
    ]);
  });

  it('takes an absolute directory as it is', () => {
    expect(templateDirectories('/etc/mail', { cwd: '/app', main: '/app/dist/main.js' })).toEqual([
      '/etc/mail',
    ]);
  });
});
