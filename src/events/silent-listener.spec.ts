import { describe, expect, it } from 'vitest';
import type { MailEventFilter } from './mail-event-filter.js';
import { silenceOf } from './silent-listener.js';

const SOURCES = { relay: 'default', relays: ['default', 'news'], streams: ['transactional', 'marketing'] };

describe('a listener that hears nothing', () => {
  it.each<readonly [MailEventFilter, string]>([
    [{ relay: 'nwes' }, 'L hears the relay "nwes", which is not there: it is "default", "news".'],
    [{ relay: 'default', stream: ['bulk', 'marketting'] }, 'L hears the stream "bulk", "marketting", which'],
  ])('is told of: %j', (filter, said) => {
    expect(silenceOf({ name: 'L', filter }, SOURCES)).toContain(said);
  });

  it.each<MailEventFilter>([
    {},
    { relay: ['nwes', 'news'] },
    { stream: 'only-in-news' },
    { relay: 'news', stream: 'only-in-news' },
    { relay: 'default', stream: ['marketing', 'bulk'] },
  ])('is none that may hear something, here or from another relay: %j', (filter) => {
    expect(silenceOf({ name: 'L', filter }, SOURCES)).toBeUndefined();
  });

  it('is told of by one relay', () => {
    expect(silenceOf({ name: 'L', filter: { relay: 'x' } }, { ...SOURCES, relay: 'news' })).toBeUndefined();
  });
});
