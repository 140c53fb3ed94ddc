import { describe, expect, it } from 'vitest';
import type { MailSent } from '../../../events/mail-event.js';
import { mailEventBase } from '../../../events/mail-event-base.js';
import type { RelayEvent } from '../../../events/relay-event.js';
import { sampleMail } from '../../../testing/sample-mail.js';
import { packEvents, unpackEvents } from './packed-events.js';

const AT = Date.UTC(2027, 0, 1);
const TO = Array.from({ length: 50 }, (_, i) => `user${i}@example.test`);
const mail = sampleMail({
  id: '01jbmdq4x5k6n7p8r9s0t1v2w3',
  envelope: { from: 'hello@acme.test', to: TO },
  template: 'welcome',
  tags: ['signup'],
  metadata: { plan: 'free' },
});

function sent(recipient: string, attempt = 1): MailSent {
  return {
    ...mailEventBase('sent', mail, recipient, attempt, AT),
    attempt,
    transport: 'primary',
    reply: { code: 250, enhanced: '2.0.0', text: 'ok' } as unknown as MailSent['reply'],
  };
}

describe('packed events', () => {
  it.each<readonly [string, readonly RelayEvent[]]>([
    ['none', []],
    ['one', [sent('user0@example.test')]],
    ['those of many recipients', TO.map((to) => sent(to))],
    [
      'different types',
      [
        { ...mailEventBase('queued', mail, 'user0@example.test', 0, AT), dueAt: new Date(AT + 5) },
        {
          ...mailEventBase('held', mail, 'user1@example.test', 0, AT),
          until: new Date(AT - 7),
          reason: 'later',
        },
        { ...mailEventBase('suppressed', mail, 'user2@example.test', 0, AT + 3), reason: 'asked' },
      ],
    ],
    [
      'an id, a Message-ID, a relay and a recipient of its own',
      [
        {
          ...sent('user0@example.test'),
          id: 'from-outside',
          messageId: '<other@acme.test>',
          relay: 'news',
          recipient: 'stranger@example.test',
        },
      ],
    ],
    [
      'a fact about a transport',
      [
        {
          type: 'transport.up',
          id: 'default.primary.0.up',
          relay: 'default',
          transport: 'primary',
          reason: 'unreachable',
          at: new Date(1),
          since: new Date(0),
        },
      ],
    ],
    [
      'a fact that no version so far tells',
      [{ ...sent('user0@example.test'), weather: { clouds: 3 } } as RelayEvent],
    ],
  ])('come back as they were: %s', (_name, events) => {
    expect(unpackEvents(packEvents(events))).toEqual(events);
  });

  it('take less than two thirds of the room', () => {
    const event = sent('user0@example.test');
    expect(packEvents([event]).length).toBeLessThan(JSON.stringify(event).length * 0.66);
  });

  it('hold what recipients have in common once', () => {
    const events = TO.map((to) => sent(to));
    expect(packEvents(events).length / events.length).toBeLessThan(45);
  });

  it('are none when the text is not one of ours', () => {
    expect(unpackEvents('{"a":')).toEqual([]);
    expect(unpackEvents('{"a":1}')).toEqual([]);
  });
});
