import { MAIL_EVENT_TYPES, type MailEvent, type MailEventMap } from './mail-event.js';
import { TRANSPORT_EVENT_TYPES, type TransportEventMap } from './transport-event.js';
import type { FactUnmatched } from './unmatched-fact.js';

/**
 * Everything a listener can hear, by its type: facts about mails, about the transports that carry them, and facts
 * from outside that belong to no mail of the relay.
 *
 * @publicApi
 */
export interface RelayEventMap extends MailEventMap, TransportEventMap {
  readonly unmatched: FactUnmatched;
}

/** One of {@link RELAY_EVENT_TYPES}. @publicApi */
export type RelayEventType = keyof RelayEventMap;

/** Whatever a listener can hear. @publicApi */
export type RelayEvent = RelayEventMap[RelayEventType];

/** Every type of event that `@OnMailEvent` takes. @publicApi */
export const RELAY_EVENT_TYPES = [
  ...MAIL_EVENT_TYPES,
  ...TRANSPORT_EVENT_TYPES,
  'unmatched',
] as const satisfies readonly RelayEventType[];

/** True for a fact about a mail and a recipient. */
export function isMailEvent(event: RelayEvent): event is MailEvent {
  return 'mailId' in event;
}

/** Events with the same line are told one after the other: those about one recipient of one mail, or one transport. */
export function lineOf(event: RelayEvent): string {
  return isMailEvent(event) ? `${event.mailId} ${event.recipient}` : subjectOf(event);
}

/** What an event is about, for people: without addresses. */
export function subjectOf(event: RelayEvent): string {
  if (isMailEvent(event)) return `mail ${event.mailId}`;
  return event.type === 'unmatched' ? `fact ${event.id}` : `transport ${event.transport}`;
}
