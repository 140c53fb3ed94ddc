import { describe, expect, expectTypeOf, it } from 'vitest';
import type { MailDraft } from '../core/mail/mail-draft.js';
import { defineMail } from './define-mail.js';

const code = defineMail<{ code: string }>({
  template: 'sign-in-code',
  stream: 'transactional',
  expiresIn: '10m',
  sample: { code: '123456' },
});

describe('defineMail', () => {
  it('makes drafts from contexts', () => {
    expect(code({ code: '4711' }, { to: 'ada@example.test' })).toEqual({
      template: 'sign-in-code',
      stream: 'transactional',
      expiresIn: '10m',
      context: { code: '4711' },
      to: 'ada@example.test',
    });
  });

  it('lets a draft change what all share, but not by undefined', () => {
    const draft = code({ code: '1' }, { to: 'ada@example.test', expiresIn: '1h', stream: undefined });
    expect(draft).toMatchObject({ expiresIn: '1h', stream: 'transactional' });
  });

  it('brings its sample for previews', () => {
    expect([code.template, code.sample]).toEqual(['sign-in-code', { code: '123456' }]);
  });

  it('has the type of its context', () => {
    expectTypeOf(code).parameter(0).toEqualTypeOf<{ code: string }>();
    expectTypeOf(code).returns.toEqualTypeOf<MailDraft>();
  });
});
