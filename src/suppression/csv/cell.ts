/** What a spreadsheet takes for a formula, and the mark that keeps it from doing so. */
const NEEDS_MARK = /^['=+\-@\t\r]/;
const MARKED = /^'['=+\-@\t\r]/;

/** A value as a cell of our files: a spreadsheet that opens it computes nothing. */
export function toCell(value: string): string {
  const safe = NEEDS_MARK.test(value) ? `'${value}` : value;
  return /[",\n\r;\t]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The value of a cell that {@link toCell} wrote, or that somebody else did. */
export function fromCell(cell: string): string {
  const text = cell.trim();
  return MARKED.test(text) ? text.slice(1) : text;
}
