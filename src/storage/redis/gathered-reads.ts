type Values = readonly (string | null)[];

interface Open {
  readonly fields: string[];
  readonly values: Promise<Values>;
}

/** With so many fields a command goes without the next ones: Redis does nothing else meanwhile. */
const MOST_FIELDS = 1000;

/** Reads fields of one hash; what is asked for within one turn of the event loop goes out as one command. */
export class GatheredReads {
  readonly #read: (fields: readonly string[], waitMs: number) => Promise<Values>;
  /** By how long their callers wait. */
  readonly #open = new Map<number, Open>();

  constructor(read: (fields: readonly string[], waitMs: number) => Promise<Values>) {
    this.#read = read;
  }

  /** The values in the order of the fields. */
  async read(fields: readonly string[], waitMs: number): Promise<Values> {
    const open = this.#open.get(waitMs) ?? this.#begin(waitMs);
    const from = open.fields.length;
    for (const field of fields) open.fields.push(field);
    if (open.fields.length >= MOST_FIELDS) this.#open.delete(waitMs);
    const values = await open.values;
    return values.slice(from, from + fields.length);
  }

  #begin(waitMs: number): Open {
    const fields: string[] = [];
    const turn = new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    const values = turn.then(() => {
      if (this.#open.get(waitMs) === open) this.#open.delete(waitMs);
      return this.#read(fields, waitMs);
    });
    const open = { fields, values };
    this.#open.set(waitMs, open);
    return open;
  }
}
