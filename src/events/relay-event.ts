import { MAIL_EVENT_TYPES, type MailEvent, type MailEventMap } from './mail-event.js';
import { TRANSPORT_EVENT_TYPES, type TransportEventMap } from './transport-event.js';

/**
 * Everything a listener can hear, by its type: facts about mails, and about the transports that carry them.
 *
 * @publicApi
 */
export interface RelayEventMap extends MailEventMap, TransportEventMap {}

/** One of {@link RELAY_EVENT_TYPES}. @publicApi */
export type RelayEventType = keyof RelayEventMap;

/** Whatever a listener can hear. @publicApi */
export type RelayEvent = RelayEventMap[RelayEventType];

/** Every type of event that `@OnMailEvent` takes. @publicApi */
export const RELAY_EVENT_TYPES = [
  ...MAIL_EVENT_TYPES,
  ...TRANSPORT_EVENT_TYPES,
] as const satisfies readonly RelayEventType[];

/** True for a fact about a mail and a recipient. */
export function isMailEvent(event: RelayEvent): event is MailEvent {
  return 'mailId' in event;
}
