/** Gives an object a key of its own, also `__proto__`, which an assignment would not. */
export function setOwnKey(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
}
