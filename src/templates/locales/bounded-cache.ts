/**
 * Keeps what was made for a key, up to a number of keys; then begins anew. Keys come from templates and locales, so
 * that only hostile ones are many.
 *
 * @internal
 */
export class BoundedCache<V> {
  readonly #values = new Map<string, V>();

  constructor(private readonly maxKeys: number) {}

  get(key: string, make: () => V): V {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const value = make();
    if (this.#values.size >= this.maxKeys) this.#values.clear();
    this.#values.set(key, value);
    return value;
  }
}
