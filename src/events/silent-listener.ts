import type { MailEventListener } from './mail-event-listener.js';

/** What is known at boot of where events come from. */
export interface EventSources {
  /** The relay whose events are heard. */
  readonly relay: string;
  /** Every relay of the application. */
  readonly relays: readonly string[];
  /** The streams of this relay. */
  readonly streams: readonly string[];
}

/**
 * Why a listener never hears anything of this relay, although it means to; undefined when it may. Whatever only the
 * other relays can tell is for them to say.
 */
export function silenceOf(
  { name, filter }: Pick<MailEventListener, 'name' | 'filter'>,
  { relay, relays, streams }: EventSources,
): string | undefined {
  const wanted = listOf(filter.relay) ?? relays;
  if (!wanted.some((one) => relays.includes(one))) {
    if (relays[0] !== relay) return undefined;
    return `${name} hears the relay ${named(wanted)}, which is not there: it is ${named(relays)}.`;
  }
  const heard = relays.filter((one) => wanted.includes(one));
  const asked = listOf(filter.stream);
  if (!asked || heard.length !== 1 || heard[0] !== relay) return undefined;
  if (asked.some((one) => streams.includes(one))) return undefined;
  return `${name} hears the stream ${named(asked)}, which this relay does not have: it has ${named(streams)}.`;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof value === 'string' ? [value] : value;
}

function named(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
