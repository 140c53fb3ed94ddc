import { describe, expect, it } from 'vitest';
import { sampleMail } from '../testing/sample-mail.js';
import { mailEventBase } from './mail-event-base.js';
import { matchesFilter, type MailEventFilter } from './mail-event-filter.js';
import type { MailOpened } from './mail-event.js';
import type { FactUnmatched } from './unmatched-fact.js';

const opened: MailOpened = {
  ...mailEventBase('opened', sampleMail({ id: '1' }), 'ada@example.test', 0, 7),
  occurredAt: new Date(1),
  actor: 'machine',
};
const unmatched: FactUnmatched = {
  type: 'unmatched',
  id: 'unmatched.1',
  relay: 'default',
  told: 'bounced',
  reference: '<a@b.test>',
  occurredAt: new Date(1),
  at: new Date(2),
};

describe('a filter on facts from outside', () => {
  it.each<[MailEventFilter, boolean]>([
    [{ actor: 'machine' }, true],
    [{ actor: ['human', 'machine'] }, true],
    [{ actor: 'human' }, false],
    [{ kind: 'hard' }, false],
  ])('%j on an open by a machine: %s', (filter, passes) => {
    expect(matchesFilter(opened, filter)).toBe(passes);
  });

  it.each<[MailEventFilter, boolean]>([
    [{}, true],
    [{ relay: 'default' }, true],
    [{ stream: 'transactional' }, false],
    [{ transport: 'primary' }, false],
    [{ actor: 'unknown' }, false],
  ])('%j on a fact that fits no mail: %s', (filter, passes) => {
    expect(matchesFilter(unmatched, filter)).toBe(passes);
  });
});
