import type { RelayEvent } from '../relay-event.js';

/** The fields that are a moment, in whichever event. */
export const EVENT_MOMENTS = ['at', 'dueAt', 'until', 'since', 'nextAttemptAt', 'occurredAt'] as const;

/** The event whose fields these are, with moments as JSON writes them. */
export function eventOfFields(fields: Readonly<Record<string, unknown>>): RelayEvent {
  const event: Record<string, unknown> = { ...fields };
  for (const name of EVENT_MOMENTS) {
    const moment = event[name];
    if (typeof moment === 'string') event[name] = new Date(moment);
  }
  return event as unknown as RelayEvent;
}
