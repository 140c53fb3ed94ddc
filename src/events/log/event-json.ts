import type { RelayEvent } from '../relay-event.js';

/** The fields that are a moment, in whichever event. */
export const EVENT_MOMENTS = ['at', 'dueAt', 'until', 'since', 'nextAttemptAt', 'occurredAt'] as const;

/** An event as text. */
export function eventToJson(event: RelayEvent): string {
  return JSON.stringify(event);
}

/** The event that {@link eventToJson} wrote. */
export function eventFromJson(json: string): RelayEvent {
  // Only a log of this package holds such text, and it was an event when it was written.
  return eventOfFields(JSON.parse(json) as Record<string, unknown>);
}

/** The event whose fields these are, with moments as JSON writes them. */
export function eventOfFields(fields: Readonly<Record<string, unknown>>): RelayEvent {
  const event: Record<string, unknown> = { ...fields };
  for (const name of EVENT_MOMENTS) {
    const moment = event[name];
    if (typeof moment === 'string') event[name] = new Date(moment);
  }
  return event as unknown as RelayEvent;
}
