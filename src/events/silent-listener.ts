import { hasFiltered, MAIL_EVENT_FILTER_KEYS, type MailEventFilter } from './mail-event-filter.js';
import type { MailEventListener } from './mail-event-listener.js';
import { RELAY_EVENT_TYPES } from './relay-event.js';

/** What is known at boot of where the events of one relay come from; undefined is what is not sure. */
export interface EventSource {
  readonly relay: string;
  readonly streams?: readonly string[] | undefined;
  /** Every transport that can carry its mail. */
  readonly transports?: readonly string[] | undefined;
  readonly templates?: readonly string[] | undefined;
}

/** The filters whose values are known, and how they are spoken of. */
const KNOWN_VALUES = [
  ['stream', 'streams'],
  ['transport', 'transports'],
  ['template', 'templates'],
] as const satisfies readonly (readonly [keyof MailEventFilter, keyof EventSource])[];

/**
 * Why a listener is never called, although it means to be; undefined when it may be. Whatever is told by one relay is
 * told by no other: the first of those that the listener hears.
 *
 * @param relay the relay that asks
 * @param sources every relay of the application
 */
export function silenceOf(
  { name, types, filter }: Pick<MailEventListener, 'name' | 'types' | 'filter'>,
  relay: string,
  sources: readonly EventSource[],
): string | undefined {
  const wanted = listOf(filter.relay);
  // Who gives an empty list has made it so; there is no name to correct.
  if (wanted?.length === 0) return undefined;
  const heard = wanted ? sources.filter((one) => wanted.includes(one.relay)) : sources;
  const [teller = sources[0]] = heard;
  if (teller?.relay !== relay) return undefined;
  const problem =
    (wanted && heard.length === 0 ? unknownRelay(wanted, sources) : undefined) ??
    impossibleKey(types, filter) ??
    unknownValue(filter, heard);
  return problem && `${name} is never called: ${problem}`;
}

function unknownRelay(wanted: readonly string[], sources: readonly EventSource[]): string {
  const there = sources.map((one) => one.relay);
  return `it hears the relay ${named(wanted)}, and there ${areOnly(there)}. Correct the filter "relay".`;
}

function impossibleKey(types: MailEventListener['types'], filter: MailEventFilter): string | undefined {
  const keys = MAIL_EVENT_FILTER_KEYS.filter((key) => filter[key] !== undefined);
  if (types.some((type) => keys.every((key) => hasFiltered(type, key)))) return undefined;
  const key = keys.find((one) => !types.some((type) => hasFiltered(type, one)));
  if (key === undefined) {
    return `no event of ${named(types)} has all of ${named(keys)}. Remove a filter, or split the listener.`;
  }
  const having = RELAY_EVENT_TYPES.filter((type) => hasFiltered(type, key));
  return `${named(types)} ${types.length === 1 ? 'has' : 'have'} no ${key}. Remove the filter "${key}", or listen to one of ${named(having)}.`;
}

function unknownValue(filter: MailEventFilter, heard: readonly EventSource[]): string | undefined {
  for (const [key, known] of KNOWN_VALUES) {
    const wanted = listOf(filter[key]);
    if (!wanted || wanted.length === 0) continue;
    const lists = heard.flatMap((one) => (one[known] ? [one[known]] : []));
    // One relay that may have it is enough.
    if (lists.length < heard.length) continue;
    const there = [...new Set(lists.flat())];
    if (wanted.some((one) => there.includes(one))) continue;
    const relays = named(heard.map((one) => one.relay));
    const whose = heard.length === 1 ? `the relay ${relays} has` : `the relays ${relays} have`;
    return `it hears the ${key} ${named(wanted)}, and ${whose} only ${named(there)}. Correct the filter "${key}".`;
  }
  return undefined;
}

function areOnly(names: readonly string[]): string {
  return `${names.length === 1 ? 'is' : 'are'} only ${named(names)}`;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof value === 'string' ? [value] : value;
}

function named(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
