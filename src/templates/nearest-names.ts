const MAX_CHARS = 80;
const MAX_NAMES = 3;

/**
 * The names most like the one that was asked for, nearest first, at most three; none when all are far off.
 *
 * @internal
 */
export function nearestNames(asked: string, names: Iterable<string>): readonly string[] {
  const wanted = asked.slice(0, MAX_CHARS).toLowerCase();
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return Array.from(names, (name) => ({
    name,
    distance: distance(wanted, name.slice(0, MAX_CHARS).toLowerCase()),
  }))
    .filter((candidate) => candidate.distance <= limit)
    .toSorted((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, MAX_NAMES)
    .map((candidate) => candidate.name);
}

/** `Did you mean "a" or "b"?`, or how many there are to choose from. @internal */
export function suggestNames(asked: string, names: readonly string[]): string {
  const nearest = nearestNames(asked, names);
  if (nearest.length > 0) return `Did you mean ${nearest.map((name) => JSON.stringify(name)).join(' or ')}?`;
  if (names.length === 0) return 'There is none at all.';
  const shown = names.toSorted().slice(0, 10).join(', ');
  return `There is ${shown}${names.length > 10 ? ` and ${names.length - 10} more` : ''}.`;
}

/** Edit distance (Levenshtein), row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
