import type { ValueShape } from './value-shape.js';

/**
 * A value that shows where it stands: texts are the names of the variables. For templates without a sample.
 *
 * @internal
 */
export function exampleContext(shape: ValueShape): object {
  return Object.fromEntries(
    Array.from(shape.properties, ([name, value]) => [name, exampleValue(value, name)]),
  );
}

function exampleValue(shape: ValueShape, name: string): unknown {
  if (shape.items) return [exampleValue(shape.items, name), exampleValue(shape.items, name)];
  if (shape.properties.size > 0) return exampleContext(shape);
  return shape.isPrinted || shape.isFormatted ? exampleText(name) : true;
}

/** Names say much of what is meant: an address of the web is linked, a date is formatted. */
function exampleText(name: string): unknown {
  if (/(?:url|link|href|src)$/i.test(name)) return `https://example.com/${encodeURIComponent(name)}`;
  if (/(?:date|At)$|^(?:due|day|until)$/.test(name)) return '2026-01-31T12:00:00.000Z';
  if (/(?:count|total|amount|price|number|quantity)$/i.test(name)) return 42;
  return name;
}
