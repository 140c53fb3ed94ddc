import type { CircuitReason } from '../core/circuit/circuit-state.js';

/** What every event about a transport tells. */
interface TransportEventOf<Type extends string> {
  readonly type: Type;
  /** Unique; an event that is told twice has the same id. */
  readonly id: string;
  /** The relay's name; `default` for the unnamed one. */
  readonly relay: string;
  /** The transport's name. */
  readonly transport: string;
  /** Set when only mail of this From domain is concerned. */
  readonly fromDomain?: string | undefined;
  readonly reason: CircuitReason;
  readonly at: Date;
}

/** A transport is not used any more, or not for one From domain. Told once, however many mails wait. @publicApi */
export interface TransportDown extends TransportEventOf<'transport.down'> {
  /** One sentence for people, without addresses and secrets. */
  readonly summary: string;
  /** When it is asked again. */
  readonly until: Date;
}

/** A transport that was down works again; `reason` says why it was down. @publicApi */
export interface TransportUp extends TransportEventOf<'transport.up'> {
  /** When it went down. */
  readonly since: Date;
}

/**
 * Every event about a transport by its type.
 *
 * @publicApi
 */
export interface TransportEventMap {
  readonly 'transport.down': TransportDown;
  readonly 'transport.up': TransportUp;
}

/** One of {@link TRANSPORT_EVENT_TYPES}. @publicApi */
export type TransportEventType = keyof TransportEventMap;

/** A fact about a transport, for operations; it concerns no single mail. @publicApi */
export type TransportEvent = TransportEventMap[TransportEventType];

/** Every type of event about a transport. @publicApi */
export const TRANSPORT_EVENT_TYPES = [
  'transport.down',
  'transport.up',
] as const satisfies readonly TransportEventType[];
