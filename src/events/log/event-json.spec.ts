import { describe, expect, it } from 'vitest';
import { sampleMail } from '../../testing/sample-mail.js';
import { mailEventBase } from '../mail-event-base.js';
import type { RelayEvent } from '../relay-event.js';
import { eventFromJson, eventToJson } from './event-json.js';

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
    expect(eventFromJson(eventToJson(event))).toEqual(event);
  });
});
