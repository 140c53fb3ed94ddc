import type { RelayEvent, RelayEventType } from '../relay-event.js';

/** An event and its place in a log. @publicApi */
export interface LoggedEvent {
  /** Opaque; a later event has a greater one, compared as strings. */
  readonly position: string;
  readonly event: RelayEvent;
}

/** What a log is asked for. @publicApi */
export interface LogRequest {
  /** Only what comes after this position; an empty string is the beginning of what the log still holds. */
  readonly after: string;
  /** At most so many events. */
  readonly limit: number;
  /** Only these; all by default. */
  readonly types?: readonly RelayEventType[] | undefined;
}

/** A part of a log. @publicApi */
export interface LogPage {
  readonly events: readonly LoggedEvent[];
  /** Where to go on; beyond the last event when others that were not asked for follow it. */
  readonly position: string;
}

/** An event that a reader has to tell again. @publicApi */
export interface WaitingEvent {
  readonly position: string;
  /** How often it was told in vain. */
  readonly tries: number;
  /** When it is told next, milliseconds since the epoch. */
  readonly dueAt: number;
}

/** How far a reader has come: everything up to `position` is done, but for what waits. @publicApi */
export interface ReaderProgress {
  readonly position: string;
  readonly waiting: readonly WaitingEvent[];
}

/** The exclusive, time-limited right of one process to be a reader of a log. @publicApi */
export interface HeldReader {
  readonly progress: ReaderProgress;

  /** Stores how far it has come, and extends the lease; false when the hold was lost: then nothing changed. */
  save(progress: ReaderProgress, leaseMs: number): Promise<boolean>;

  /** Lets another process take over at once. */
  release(): Promise<void>;
}

/**
 * The durable sequence of events of one relay, in all its processes. A durable spool writes the events of a step in
 * that same step; readers are listeners of the application, each known by its name and held by one process at a time.
 *
 * What every reader has done may be forgotten; what is older than the log's retention is, whoever waits for it.
 *
 * Every adapter passes the same contract suite.
 *
 * @publicApi
 */
export abstract class EventLog {
  /** Stores events that no step of the spool brings, in this order. An event whose id was just stored is left out. */
  abstract append(events: readonly RelayEvent[]): Promise<void>;

  /** Events in the order in which they were stored. */
  abstract read(request: LogRequest): Promise<LogPage>;

  /** The events at these positions, as far as the log still holds them. */
  abstract get(positions: readonly string[]): Promise<readonly LoggedEvent[]>;

  /** Where the log ends now. */
  abstract end(): Promise<string>;

  /**
   * Takes a reader; undefined while another process holds it. One that was never seen begins at the present end.
   *
   * @param owner who takes it, for people
   */
  abstract hold(reader: string, owner: string, leaseMs: number): Promise<HeldReader | undefined>;

  /**
   * Calls back soon after something was stored, by whichever process; a call may be lost, so ask now and then all the
   * same. Returns what ends it.
   */
  abstract watch(onNews: () => void): () => void;
}
