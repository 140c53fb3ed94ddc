import { describe, expect, it } from 'vitest';
import { sampleMail } from '../../testing/sample-mail.js';
import { mailEventBase } from '../mail-event-base.js';
import type { RelayEvent } from '../relay-event.js';
import { eventOfFields } from './event-json.js';

const base = mailEventBase(
  'queued',
  sampleMail({ id: '1', metadata: { at: 'noon' } }),
  'ada@example.test',
  0,
  7,
);

describe('an event as text', () => {
  it.each<RelayEvent>([
    { ...base, dueAt: new Date(8) },
    { ...base, type: 'held', until: new Date(9), reason: 'later' },
    {
      type: 'transport.up',
      id: 'default.primary.0.up',
      relay: 'default',
      transport: 'primary',
      reason: 'unreachable',
      at: new Date(1),
      since: new Date(0),
    },
  ])('comes back as it was: %j', (event) => {
    // What JSON makes of an event is an object again.
    expect(eventOfFields(JSON.parse(JSON.stringify(event)) as Record<string, unknown>)).toEqual(event);
  });
});
