import { describe, expect, it } from 'vitest';
import { checkQuery, describeQuery, matchesQuery, type MailQuery } from './mail-query.js';

const MAIL = {
  recipients: ['Ada@example.test', 'bob@example.test'],
  from: 'hello@acme.test',
  subject: 'Welcome, Ada',
  template: 'welcome',
  stream: 'transactional',
  tenant: '',
  tags: ['signup'],
  body: 'Hello Ada, your code is 1234.',
  relay: 'default',
  transport: 'default',
};

describe('a mail query', () => {
  it.each<[MailQuery, boolean]>([
    [{}, true],
    [{ to: 'ada@EXAMPLE.test' }, true],
    [{ to: 'example.test' }, false],
    [{ to: /@example\.test$/ }, true],
    [{ from: 'HELLO@acme.test' }, true],
    [{ subject: 'Welcome' }, false],
    [{ subject: /^Welcome/ }, true],
    [{ template: 'reset' }, false],
    [{ tag: 'signup', stream: 'transactional' }, true],
    [{ tag: 'signup', stream: 'marketing' }, false],
    [{ text: 'your code' }, true],
    [{ text: /code is \d{5}/ }, false],
    [{ tenant: 'acme' }, false],
    [{ relay: 'default', transport: 'default' }, true],
  ])('%j matches: %s', (query, matches) => {
    expect(matchesQuery(MAIL, query)).toBe(matches);
  });

  it('gives the same answer twice for a pattern with a place of its own', () => {
    const query = { subject: /Ada/g };
    expect([matchesQuery(MAIL, query), matchesQuery(MAIL, query)]).toEqual([true, true]);
  });

  it('refuses a key that does not exist', () => {
    expect(() => checkQuery({ recipient: 'ada@example.test' } as MailQuery)).toThrow('has no "recipient"');
  });

  it('is described for people', () => {
    expect(describeQuery({ to: 'a@b.test', subject: /x/, tag: undefined })).toBe(
      'a mail with to "a@b.test", subject /x/',
    );
    expect(describeQuery({})).toBe('any mail');
  });
});
