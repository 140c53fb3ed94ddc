import { listenerSettings, type ListenerSettings, type MailListenerOptions } from './listener-options.js';
import { hasFiltered, MAIL_EVENT_FILTER_KEYS, type MailEventFilter } from './mail-event-filter.js';
import { RELAY_EVENT_TYPES, type RelayEventMap, type RelayEventType } from './relay-event.js';
import { MailRelayError } from '../core/mail-relay-error.js';

/** What one `@OnMailEvent` says about a method. */
export interface MailEventSubscription extends ListenerSettings {
  readonly types: readonly RelayEventType[];
  readonly filter: MailEventFilter;
}

/** Filters that are refused where none of the types can match them; of the others a listener is warned at boot. */
const REFUSED_ELSEWHERE = ['kind', 'actor'] as const;

const SUBSCRIPTIONS = 'nestjs-mail-relay:on-mail-event';

/** A decorator for methods that take the named events; TypeScript checks the parameter. */
type EventMethodDecorator<Type extends RelayEventType> = <
  Method extends (event: RelayEventMap[Type]) => unknown,
>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Makes a method of a provider or controller hear what became of mails, and of transports (`transport.down`,
 * `transport.up`). It is called once per event and recipient, outside the path of delivery: an error is logged and changes nothing. Events about one recipient of one mail come
 * one after the other.
 *
 * May stand on a method more than once.
 *
 * @param type one event type, or several
 * @param about only events that match every given key of the filter, all relays unless `relay` is given; and how the
 *   method listens
 * @throws MailRelayError `ERR_MAIL_RELAY_LISTENER` for an unknown type or filter key, when the class is defined
 * @example
 * ```ts
 * @OnMailEvent('bounced', { kind: 'hard' })
 * markAddress(event: MailBounced) {}
 * ```
 * @publicApi
 */
export function OnMailEvent<Type extends RelayEventType>(
  type: Type | readonly Type[],
  about: MailEventFilter & MailListenerOptions = {},
): EventMethodDecorator<Type> {
  const { name, durable, everyProcess, ...filter } = about;
  const types: readonly RelayEventType[] = typeof type === 'string' ? [type] : type;
  check(types, filter);
  const settings = listenerSettings({ name, durable, everyProcess });
  return (_target, _key, descriptor) => {
    const method: unknown = descriptor.value;
    if (typeof method !== 'function') return;
    const before = subscriptionsOf(method);
    Reflect.defineMetadata(SUBSCRIPTIONS, [...before, { types, filter, ...settings }], method);
  };
}

/** The only reader of what the decorator wrote. */
export function subscriptionsOf(method: object): readonly MailEventSubscription[] {
  // The metadata under this key is written by the decorator above and by nobody else.
  return (Reflect.getMetadata(SUBSCRIPTIONS, method) as readonly MailEventSubscription[] | undefined) ?? [];
}

function check(types: readonly string[], filter: MailEventFilter): void {
  const known: readonly string[] = RELAY_EVENT_TYPES;
  const unknownType = types.find((type) => !known.includes(type));
  if (unknownType !== undefined || types.length === 0) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_LISTENER',
      `@OnMailEvent does not know the event ${JSON.stringify(unknownType ?? '')}. Use one of: ${known.join(', ')}.`,
    );
  }
  const keys: readonly string[] = MAIL_EVENT_FILTER_KEYS;
  const unknownKey = Object.keys(filter).find((key) => !keys.includes(key));
  if (unknownKey !== undefined) {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_LISTENER',
      `@OnMailEvent does not know the filter ${JSON.stringify(unknownKey)}. Use one of: ${keys.join(', ')}.`,
    );
  }
  for (const key of REFUSED_ELSEWHERE) {
    const having: readonly string[] = RELAY_EVENT_TYPES.filter((type) => hasFiltered(type, key));
    if (filter[key] === undefined || types.some((type) => having.includes(type))) continue;
    throw new MailRelayError(
      'ERR_MAIL_RELAY_LISTENER',
      `@OnMailEvent is given the filter "${key}", which only ${having.map((type) => `"${type}"`).join(' and ')} ` +
        'can match: it would never fire. Remove the filter, or listen to that event.',
    );
  }
}
