import type { ValueShape } from './value-shape.js';

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * The TypeScript type of a context, from what templates do with it and from a sample.
 *
 * @param sample the same place in the sample context; undefined when there is none
 * @param indent of the line it stands on
 * @internal
 */
export function describeType(shape: ValueShape, sample: unknown, indent: string): string {
  if (shape.items) return describeList(shape.items, sample, indent);
  if (shape.properties.size > 0) return describeObject(shape, sample, indent);
  const known = typeOfSample(sample);
  if (shape.isFormatted) return known === undefined ? 'string | number | boolean | Date' : formatted(known);
  if (shape.isPrinted) return known ?? 'string | number';
  return known ?? 'unknown';
}

function describeList(items: ValueShape, sample: unknown, indent: string): string {
  const element = describeType(items, Array.isArray(sample) ? (sample[0] as unknown) : undefined, indent);
  return `readonly ${element.includes('|') && !element.startsWith('{') ? `(${element})` : element}[]`;
}

function describeObject({ properties }: ValueShape, sample: unknown, indent: string): string {
  const inner = `${indent}  `;
  const lines = Array.from(properties)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, shape]) => {
      const key = IDENTIFIER.test(name) ? name : JSON.stringify(name);
      const type = describeType(shape, valueAt(sample, name), inner);
      return shape.isRequired
        ? `${inner}readonly ${key}: ${type};`
        : `${inner}readonly ${key}?: ${optional(type)};`;
    });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function optional(type: string): string {
  return type === 'unknown' ? type : `${type} | null | undefined`;
}

/** A text of the sample may stand for what a helper formats: a date is text in JSON. */
function formatted(type: string): string {
  return type === 'string' ? 'string | Date' : type;
}

function valueAt(sample: unknown, name: string): unknown {
  return typeof sample === 'object' && sample !== null && Object.hasOwn(sample, name)
    ? (Reflect.get(sample, name) as unknown)
    : undefined;
}

function typeOfSample(sample: unknown): string | undefined {
  switch (typeof sample) {
    case 'string':
    case 'number':
    case 'boolean':
      return typeof sample;
    case 'object':
      if (Array.isArray(sample)) return `readonly ${typeOfSample(sample[0]) ?? 'unknown'}[]`;
      return sample === null ? undefined : 'object';
    default:
      return undefined;
  }
}
