/**
 * Which properties templates may read from the classes of what they are given: all getters, some by name, or none.
 *
 * @internal
 */
export type AllowedGetters = boolean | readonly string[];

/** Reads a property of a value that is not null. @internal */
export type PropertyLookup = (parent: object, property: string) => unknown;

/**
 * A template asked for what a class gives and the value itself does not hold.
 *
 * @internal
 */
export class PrototypeAccess extends Error {
  constructor(
    readonly property: string,
    /** The class that has it, `User`; undefined when it has no name to show. */
    readonly owner: string | undefined,
    readonly kind: 'getter' | 'method' | 'value',
    /** A method of the value that makes plain data of it: `toObject` of a Mongoose document. */
    readonly converter: string | undefined,
  ) {
    super(`${property} is a ${kind} of ${owner ?? 'a class'}.`);
  }
}

const CONVERTERS = ['toObject', 'toJSON'] as const;
const CLASS_NAME = /^[\w$]{1,60}$/;
const NATIVE = /\{\s*\[native code\]\s*\}$/;

/**
 * Reads own properties only. What comes from the prototypes of the language is not there; what comes from a class is
 * an error, because a mail with a hole in it is worse than none.
 *
 * @internal
 */
export function propertyLookup(allowed: AllowedGetters): PropertyLookup {
  const isAllowed = (property: string): boolean =>
    typeof allowed === 'boolean' ? allowed : allowed.includes(property);
  return (parent, property) => {
    if (!Object.hasOwn(parent, property)) return inherited(parent, property, isAllowed);
    const value = (parent as Record<string, unknown>)[property];
    // The way from a prototype to its constructor, and so to the code of the process.
    return property === 'constructor' && isPrototypeOf(parent, value) ? undefined : value;
  };
}

function inherited(parent: object, property: string, isAllowed: (property: string) => boolean): unknown {
  // Not every parent is an object: a text is one for as long as this takes.
  for (
    let proto = prototypeOf(Object(parent) as object);
    proto !== null && !isOfLanguage(proto);
    proto = prototypeOf(proto)
  ) {
    const descriptor = Object.getOwnPropertyDescriptor(proto, property);
    if (descriptor === undefined) continue;
    const isMethod = typeof descriptor.value === 'function';
    if (!isMethod && isAllowed(property)) return (parent as Record<string, unknown>)[property];
    const kind = isMethod ? 'method' : descriptor.get === undefined ? 'value' : 'getter';
    throw new PrototypeAccess(property, nameOf(proto), kind, converterOf(parent));
  }
  return undefined;
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}

/** `Object.prototype`, `Array.prototype` and their like, of any realm. */
function isOfLanguage(proto: object): boolean {
  if (prototypeOf(proto) === null) return true;
  const constructor = constructorOf(proto);
  return constructor !== undefined && NATIVE.test(Function.prototype.toString.call(constructor));
}

// oxlint-disable-next-line typescript/no-unsafe-function-type -- a class, which is only looked at
function constructorOf(proto: object): Function | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(proto, 'constructor')?.value;
  return typeof value === 'function' ? value : undefined;
}

function nameOf(proto: object): string | undefined {
  const name = constructorOf(proto)?.name ?? '';
  return CLASS_NAME.test(name) ? name : undefined;
}

function converterOf(value: object): string | undefined {
  return CONVERTERS.find((method) => method in value);
}

function isPrototypeOf(parent: object, constructor: unknown): boolean {
  return typeof constructor === 'function' && constructor.prototype === parent;
}
