/** Elements whose end tag may be left out, with those that they end by beginning. @see HTML §13.1.2.4 */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  li: ['li'],
  p: ['p'],
  td: ['td', 'th'],
  th: ['td', 'th'],
  tr: ['td', 'th', 'tr'],
};

const MAX_DEPTH = 500;

/**
 * The elements that are open at a place of a document.
 *
 * @internal
 */
export class ElementStack {
  readonly #names: string[] = [];
  #misnested = 0;

  get depth(): number {
    return this.#names.length;
  }

  /** True when a parser may recurse deeper into this document than is safe. */
  get isTooDeep(): boolean {
    return this.#names.length + this.#misnested > MAX_DEPTH;
  }

  open(name: string): void {
    const ends = ENDS[name] ?? [];
    while (ends.includes(this.#names.at(-1) ?? '')) this.#names.pop();
    this.#names.push(name);
  }

  /** Closes the innermost element of this name and all within; false when there is none. */
  close(name: string): boolean {
    const at = this.#names.lastIndexOf(name);
    if (at === -1) return false;
    // A parser opens <b> and its like again after an element that ended them: depth that no end tag takes away.
    this.#misnested += this.#names.length - 1 - at;
    this.#names.length = at;
    return true;
  }
}
