/** How much of the event log is kept. */
export interface EventRetention {
  /** Events that a listener has not heard yet, milliseconds. */
  readonly eventsMs: number;
  /** Steps whose events are kept at most, heard or not. */
  readonly maxEvents: number;
}
