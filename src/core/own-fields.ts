/**
 * A copy of the object's own enumerable fields, each read once. It has no prototype: a name that is not there is
 * `undefined`, whatever somebody wrote to `Object.prototype`, and `__proto__` is a field like any other.
 *
 * @internal
 */
export function ownFields(input: object): Readonly<Record<string, unknown>> {
  return { __proto__: null, ...input };
}
