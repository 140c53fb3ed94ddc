/**
 * A field of something that was caught, where it is a string: nothing about foreign errors is certain.
 *
 * @internal
 */
export function errorField(error: unknown, name: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : undefined;
}
