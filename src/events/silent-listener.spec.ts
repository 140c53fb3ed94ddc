import { describe, expect, it } from 'vitest';
import type { MailEventFilter } from './mail-event-filter.js';
import { RELAY_EVENT_TYPES, type RelayEventType } from './relay-event.js';
import { silenceOf, type EventSource } from './silent-listener.js';

const DEFAULT: EventSource = {
  relay: 'default',
  streams: ['transactional', 'marketing'],
  transports: ['main', 'spare'],
  templates: ['welcome', 'invoice'],
};
const NEWS: EventSource = {
  relay: 'news',
  streams: ['transactional', 'weekly'],
  transports: ['bulk'],
  templates: ['letter'],
};
const BOTH = [DEFAULT, NEWS];

type Case = readonly [types: readonly RelayEventType[], filter: MailEventFilter, said: string];

/** What the application is told, by whichever relay. */
function told(types: readonly RelayEventType[], filter: MailEventFilter, sources = BOTH): readonly string[] {
  return sources.flatMap(({ relay }) => silenceOf({ name: 'L', types, filter }, relay, sources) ?? []);
}

describe('a listener that is never called', () => {
  it.each<Case>([
    [
      ['sent'],
      { relay: 'nwes' },
      'L is never called: it hears the relay "nwes", and there are only "default", "news". Correct the filter "relay".',
    ],
    [
      ['sent'],
      { relay: 'default', stream: ['bulk', 'weekly'] },
      'L is never called: it hears the stream "bulk", "weekly", and the relay "default" has only "transactional", ' +
        '"marketing". Correct the filter "stream".',
    ],
    [
      ['sent'],
      { relay: 'news', stream: 'marketing' },
      'the relay "news" has only "transactional", "weekly".',
    ],
    [
      ['sent'],
      { stream: 'weakly' },
      'L is never called: it hears the stream "weakly", and the relays "default", "news" have only "transactional", ' +
        '"marketing", "weekly". Correct the filter "stream".',
    ],
    [['sent'], { relay: ['news', 'gone'], stream: 'marketing' }, 'the relay "news" has only'],
    [
      ['sent', 'transport.down'],
      { transport: 'mian' },
      'L is never called: it hears the transport "mian", and the relays "default", "news" have only "main", "spare", ' +
        '"bulk". Correct the filter "transport".',
    ],
    [
      ['bounced'],
      { relay: 'news', transport: 'main' },
      'the relay "news" has only "bulk". Correct the filter',
    ],
    [
      ['opened'],
      { template: 'wellcome' },
      'L is never called: it hears the template "wellcome", and the relays "default", "news" have only "welcome", ' +
        '"invoice", "letter". Correct the filter "template".',
    ],
    [
      ['transport.down', 'transport.up'],
      { stream: 'marketing' },
      'L is never called: "transport.down", "transport.up" have no stream. Remove the filter "stream", or listen to ' +
        'one of "queued", "held",',
    ],
    [['transport.up'], { tenant: 'acme' }, '"transport.up" has no tenant. Remove the filter "tenant"'],
    [['unmatched'], { template: 'welcome' }, '"unmatched" has no template.'],
    [['unmatched'], { tag: 'x' }, '"unmatched" has no tag.'],
    [
      ['queued', 'held'],
      { transport: 'main' },
      'L is never called: "queued", "held" have no transport. Remove the filter "transport", or listen to one of ' +
        '"sent", "deferred", "bounced", "failed", "uncertain", "transport.down", "transport.up".',
    ],
    [
      ['transport.down', 'queued'],
      { stream: 'marketing', transport: 'main' },
      'L is never called: no event of "transport.down", "queued" has all of "stream", "transport". Remove a filter, or ' +
        'split the listener.',
    ],
    [['bounced', 'opened'], { kind: 'hard', actor: 'human' }, 'has all of "kind", "actor".'],
  ])('is told of, by one relay, with what to change: %j %j', (types, filter, said) => {
    expect(told(types, filter)).toEqual([expect.stringContaining(said)]);
  });

  it.each<readonly [readonly RelayEventType[], MailEventFilter]>([
    [['sent'], {}],
    [['sent'], { relay: ['nwes', 'news'] }],
    [['sent'], { stream: 'weekly' }],
    [['sent'], { relay: 'default', stream: ['marketing', 'bulk'] }],
    [['sent'], { relay: 'news', stream: 'weekly', transport: 'bulk', template: 'letter' }],
    [['sent', 'queued'], { transport: ['gone', 'main'] }],
    [['transport.down', 'sent'], { stream: 'marketing', transport: 'main' }],
    [['transport.down', 'queued'], { stream: 'marketing' }],
    [['transport.down'], { transport: 'bulk' }],
    [['delivered'], { template: ['gone', 'letter'], tag: 'any', tenant: 'anybody' }],
    // Made by a program: there is no name that could be wrong.
    [['sent'], { relay: [] }],
    [['sent'], { stream: [] }],
    // No relay has both, but which is meant?
    [['sent'], { stream: 'weekly', transport: 'main' }],
  ])('is none that may be called, here or by another relay: %j %j', (types, filter) => {
    expect(told(types, filter)).toEqual([]);
  });

  it.each(['stream', 'transport', 'template'] as const)(
    'is not guessed at where one relay does not know every %s',
    (key) => {
      const unsure = [DEFAULT, { ...NEWS, [`${key}s`]: undefined }];
      expect(told(['sent'], { [key]: 'x' }, unsure)).toEqual([]);
      expect(told(['sent'], { [key]: 'x', relay: 'default' }, unsure)).toHaveLength(1);
    },
  );

  it.each(RELAY_EVENT_TYPES)('is none that hears %s without a filter', (type) => {
    expect(told([type], {})).toEqual([]);
  });
});
