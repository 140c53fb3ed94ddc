import type { OctetBudget } from './octet-budget.js';

const FIRST_OCTETS = 16 * 1024;

/**
 * Collects the octets of one part within the budget. They are copied: a source may fill the same chunk again, and
 * many small chunks would take many times their size.
 *
 * @internal
 */
export class OctetCollector {
  readonly #budget: OctetBudget;
  readonly #field: string;
  #octets = Buffer.alloc(0);
  #length = 0;

  constructor(budget: OctetBudget, field: string) {
    this.#budget = budget;
    this.#field = field;
  }

  /** Refuses a part that is known to be too large before any of it is read. */
  expect(octets: number): void {
    this.#budget.check(octets, octets, this.#field);
  }

  append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    this.#budget.check(length, chunk.length, this.#field);
    this.#budget.take(chunk.length);
    if (length > this.#octets.length) this.#grow(length);
    this.#octets.set(chunk, this.#length);
    this.#length = length;
  }

  collected(): Buffer {
    return this.#octets.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const octets = Buffer.allocUnsafe(Math.max(FIRST_OCTETS, needed, this.#octets.length * 2));
    this.#octets.copy(octets, 0, 0, this.#length);
    this.#octets = octets;
  }
}
