/** Where a fault can strike. `body` is the first octets of the message, `eod` the final dot. */
export type SinkStage =
  | 'connect'
  | 'ehlo'
  | 'helo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'body'
  | 'eod'
  | 'rset'
  | 'noop'
  | 'quit';

/**
 * What the sink does instead of what it should. Parts combine: `{ delayMs: 50, reply: '421 4.3.2 bye', after: 'close' }`.
 * The first digit of `reply` or `raw` decides how the session goes on, as if the sink had meant it.
 */
export interface SinkFault {
  /** A reply instead of the normal one; several strings are the lines of one reply, sent exactly as written. */
  readonly reply?: string | readonly string[];
  /** Octets instead of the normal reply, without a line end of the sink's own. */
  readonly raw?: string | Buffer;
  /** Wait before anything else. */
  readonly delayMs?: number;
  /** Send the reply octet by octet, this far apart. */
  readonly dripMs?: number;
  /**
   * What follows. With neither `reply` nor `raw` it comes instead of the normal reply: `close` sends FIN, `reset`
   * sends RST, `silence` answers nothing from here on, `stop-reading` leaves the client's octets in its own buffers.
   */
  readonly after?: 'close' | 'reset' | 'silence' | 'stop-reading';
  /** At `eod`: keep the message although the client hears nothing good. @default kept when the reply is 2yz */
  readonly keep?: boolean;
}

/** What a rule is told. Counts begin with 1. */
export interface SinkEvent {
  readonly stage: SinkStage;
  /** Which connection of the sink. */
  readonly connection: number;
  /** Which MAIL of this connection; 0 before the first. */
  readonly transaction: number;
  /** The address of this MAIL or RCPT, else empty. */
  readonly address: string;
  /** The address of the MAIL that is under way, else empty: lets a run mix faults at every stage. */
  readonly from: string;
  /** What stands behind the address of this MAIL: `SIZE=1000 SMTPUTF8`. */
  readonly parameters: string;
}

/** A fault for every time, or a function that decides each time; undefined means normal behaviour. */
export type SinkFaultRule = SinkFault | ((event: SinkEvent) => SinkFault | undefined);

export type SinkFaults = Readonly<Partial<Record<SinkStage, SinkFaultRule>>>;

/** Answers with this reply. */
export const reply = (...lines: string[]): SinkFault => ({ reply: lines });
/** Closes without a word. */
export const close: SinkFault = { after: 'close' };
/** Resets without a word. */
export const reset: SinkFault = { after: 'reset' };
/** Never answers again. */
export const silence: SinkFault = { after: 'silence' };
/** Says 421 and closes. */
export const shutdown: SinkFault = { reply: '421 4.3.2 Service shutting down', after: 'close' };
/** Behaves normally, but later. */
export const delay = (delayMs: number): SinkFault => ({ delayMs });
/** Behaves normally, one octet at a time. */
export const drip = (dripMs: number): SinkFault => ({ dripMs });

/** A fault for the first `count` times only. */
export function times(count: number, fault: SinkFault): SinkFaultRule {
  let left = count;
  return () => (left-- > 0 ? fault : undefined);
}

/** Says the same as it should, and then something more. */
export const twice = (normal: string, more = normal): SinkFault => ({ raw: `${normal}\r\n${more}\r\n` });
/** Refuses a MAIL that has this parameter, although it was offered. */
export function refusing(parameter: string, text = '555 5.5.4 Unknown parameter'): SinkFaultRule {
  return ({ parameters }) => (parameters.includes(parameter) ? reply(text) : undefined);
}

/** Faults by the address of this MAIL or RCPT. */
export function byAddress(faults: Readonly<Record<string, SinkFault>>): SinkFaultRule {
  const map = new Map(Object.entries(faults));
  return (event) => map.get(event.address);
}

/** Faults by the sender of the transaction that is under way. */
export function bySender(faults: Readonly<Record<string, SinkFault>>): SinkFaultRule {
  const map = new Map(Object.entries(faults));
  return (event) => map.get(event.from);
}
