import type { BounceKind, MailActor, MailEvent } from './mail-event.js';
import { isMailEvent, type RelayEvent, type RelayEventMap, type RelayEventType } from './relay-event.js';

type OneOrMany<T> = T | readonly T[];

/**
 * Which events a listener hears; every key that is given must match, a list matches any of its values.
 *
 * @publicApi
 */
export interface MailEventFilter {
  /** @default all relays */
  readonly relay?: OneOrMany<string> | undefined;
  readonly stream?: OneOrMany<string> | undefined;
  readonly tenant?: OneOrMany<string> | undefined;
  readonly template?: OneOrMany<string> | undefined;
  /** The mail has at least one of these tags. */
  readonly tag?: OneOrMany<string> | undefined;
  /** The transport that was asked last, or whose state changed. */
  readonly transport?: OneOrMany<string> | undefined;
  /** Only for `bounced`. */
  readonly kind?: OneOrMany<BounceKind> | undefined;
  /** Only for `opened` and `clicked`. */
  readonly actor?: OneOrMany<MailActor> | undefined;
}

/** The keys a filter may have. */
export const MAIL_EVENT_FILTER_KEYS = [
  'relay',
  'stream',
  'tenant',
  'template',
  'tag',
  'transport',
  'kind',
  'actor',
] as const;

/** The types of events that have this field, be it optional. */
type TypeWith<Field extends string> = {
  readonly [Type in RelayEventType]: Field extends keyof RelayEventMap[Type] ? Type : never;
}[RelayEventType];

// Objects, because the compiler refuses one that lacks a type or has one too many.
const WITH_TRANSPORT: Readonly<Record<TypeWith<'transport'>, true>> = {
  sent: true,
  deferred: true,
  bounced: true,
  failed: true,
  uncertain: true,
  'transport.down': true,
  'transport.up': true,
};
const WITH_KIND: Readonly<Record<TypeWith<'kind'>, true>> = { bounced: true };
const WITH_ACTOR: Readonly<Record<TypeWith<'actor'>, true>> = { opened: true, clicked: true };
const WITHOUT_MAIL: Readonly<Record<Exclude<RelayEventType, TypeWith<'mailId'>>, true>> = {
  'transport.down': true,
  'transport.up': true,
  unmatched: true,
};

/** Whether events of this type have what the key asks for. */
export function hasFiltered(type: RelayEventType, key: keyof MailEventFilter): boolean {
  switch (key) {
    case 'relay':
      return true;
    case 'stream':
    case 'tenant':
    case 'template':
    case 'tag':
      return !Object.hasOwn(WITHOUT_MAIL, type);
    case 'transport':
      return Object.hasOwn(WITH_TRANSPORT, type);
    case 'kind':
      return Object.hasOwn(WITH_KIND, type);
    case 'actor':
      return Object.hasOwn(WITH_ACTOR, type);
    default: {
      const never: never = key;
      return never;
    }
  }
}

/** True when the event passes the filter. */
export function matchesFilter(event: RelayEvent, filter: MailEventFilter): boolean {
  return (
    matches(filter.relay, event.relay) &&
    matches(filter.transport, 'transport' in event ? event.transport : undefined) &&
    (isMailEvent(event) ? matchesMail(event, filter) : !concernsMail(filter))
  );
}

function matchesMail(event: MailEvent, filter: MailEventFilter): boolean {
  return (
    matches(filter.stream, event.stream) &&
    matches(filter.tenant, event.tenant) &&
    matches(filter.template, event.template) &&
    (filter.tag === undefined || event.tags.some((tag) => matches(filter.tag, tag))) &&
    matches(filter.kind, event.type === 'bounced' ? event.kind : undefined) &&
    matches(filter.actor, 'actor' in event ? event.actor : undefined)
  );
}

/** What a filter asks of a mail, an event about a transport cannot have. */
function concernsMail({ stream, tenant, template, tag, kind, actor }: MailEventFilter): boolean {
  return [stream, tenant, template, tag, kind, actor].some((wanted) => wanted !== undefined);
}

function matches<T extends string>(wanted: OneOrMany<T> | undefined, actual: T | undefined): boolean {
  if (wanted === undefined) return true;
  if (actual === undefined) return false;
  return typeof wanted === 'string' ? wanted === actual : wanted.includes(actual);
}
