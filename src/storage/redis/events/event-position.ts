/** Digits of each part, so that positions compare as strings. */
const MS_DIGITS = 14;
const SEQUENCE_DIGITS = 10;
const INDEX_DIGITS = 6;
/** Behind every event of an entry; the last one of each has this place. */
const LAST = '9'.repeat(INDEX_DIGITS);

/** The place of an event: an entry of the stream, and which of its events. */
export interface EventPlace {
  /** The id of the entry, as Redis writes it. */
  readonly id: string;
  /** Undefined for the last event of the entry. */
  readonly index: number | undefined;
}

/** @param count how many events the entry has */
export function positionOf(id: string, index: number, count: number): string {
  return entryPosition(id, index === count - 1 ? LAST : String(index));
}

/** The position of the last event of an entry, which is where a log that ends with it ends. */
export function endOfEntry(id: string): string {
  return entryPosition(id, LAST);
}

/** Undefined for what is no position of this log. */
export function placeOf(position: string): EventPlace | undefined {
  if (!/^\d{30}$/.test(position)) return undefined;
  const ms = Number(position.slice(0, MS_DIGITS));
  const sequence = Number(position.slice(MS_DIGITS, MS_DIGITS + SEQUENCE_DIGITS));
  const index = position.slice(MS_DIGITS + SEQUENCE_DIGITS);
  return { id: `${ms}-${sequence}`, index: index === LAST ? undefined : Number(index) };
}

function entryPosition(id: string, index: string): string {
  const [ms = '', sequence = ''] = id.split('-');
  return (
    ms.padStart(MS_DIGITS, '0') + sequence.padStart(SEQUENCE_DIGITS, '0') + index.padStart(INDEX_DIGITS, '0')
  );
}
