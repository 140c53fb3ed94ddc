/**
 * What a slot stands for: a `value` (escaped, never markup), `html` (may be markup), or the `open`, `else` and
 * `close` of a block, between which lies what may come several times or not at all.
 *
 * @internal
 */
export const SLOT_KINDS = ['value', 'html', 'open', 'else', 'close'] as const;

/** @internal */
export type SlotKind = (typeof SLOT_KINDS)[number];

/**
 * A place in a document that a template engine fills: the code that works on documents passes it along and never
 * looks inside.
 *
 * @internal
 */
export interface Slot {
  readonly kind: SlotKind;
  readonly index: number;
}

// Unicode sets these apart as noncharacters: no document contains them, every parser keeps them.
const FIRST_MARK = 0xfdd0;
const LAST_MARK = '\uFDD5';
const MARKS = /[\uFDD0-\uFDD5]/g;
const SLOT = /([\uFDD0-\uFDD4])(\d+)\uFDD5/y;
const BEGINNING = /[\uFDD0-\uFDD4]/g;

/** The characters that stand for a slot. @internal */
export function slotMark({ kind, index }: Slot): string {
  return `${String.fromCharCode(FIRST_MARK + SLOT_KINDS.indexOf(kind))}${index}${LAST_MARK}`;
}

/** Text in which nothing can be taken for a slot. @internal */
export function withoutMarks(text: string): string {
  return text.replace(MARKS, '\uFFFD');
}

/** A slot and where it stands. @internal */
export interface PlacedSlot extends Slot {
  readonly start: number;
  readonly end: number;
}

/** The slot that begins at `start`. @internal */
export function slotAt(text: string, start: number): PlacedSlot | undefined {
  SLOT.lastIndex = start;
  const match = SLOT.exec(text);
  if (match === null) return undefined;
  const kind = SLOT_KINDS[match[0].charCodeAt(0) - FIRST_MARK] ?? 'html';
  return { kind, index: Number(match[2]), start, end: SLOT.lastIndex };
}

/** The first slot at or after `from`. @internal */
export function findSlot(text: string, from: number): PlacedSlot | undefined {
  BEGINNING.lastIndex = from;
  const match = BEGINNING.exec(text);
  return match === null ? undefined : slotAt(text, match.index);
}

/** All slots in a text, in order. @internal */
export function slotsIn(text: string): readonly PlacedSlot[] {
  const found: PlacedSlot[] = [];
  for (let slot = findSlot(text, 0); slot !== undefined; slot = findSlot(text, slot.end)) found.push(slot);
  return found;
}

/** True when every block that begins in the text also ends in it. @internal */
export function hasWholeBlocks(text: string): boolean {
  let depth = 0;
  for (const { kind } of slotsIn(text)) {
    if (kind === 'open') depth++;
    if (kind === 'else' && depth === 0) return false;
    if (kind === 'close' && --depth < 0) return false;
  }
  return depth === 0;
}
