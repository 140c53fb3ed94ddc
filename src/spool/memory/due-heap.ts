interface Entry {
  readonly at: number;
  readonly id: string;
}

/**
 * A binary heap of (time, id), earliest first. Entries are never removed from its middle: whoever pops one checks
 * whether it still holds.
 */
export class DueHeap {
  #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  peek(): Entry | undefined {
    return this.#entries[0];
  }

  push(at: number, id: string): void {
    const entries = this.#entries;
    const entry = { at, id };
    let i = entries.length;
    entries.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = entries[parent];
      if (above === undefined || above.at <= at) break;
      entries[i] = above;
      i = parent;
    }
    entries[i] = entry;
  }

  pop(): Entry | undefined {
    const entries = this.#entries;
    const top = entries[0];
    const last = entries.pop();
    if (top === undefined || last === undefined || entries.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      let below = entries[child];
      if (below === undefined) break;
      const right = entries[child + 1];
      if (right !== undefined && right.at < below.at) {
        child++;
        below = right;
      }
      if (below.at >= last.at) break;
      entries[i] = below;
      i = child;
    }
    entries[i] = last;
    return top;
  }

  clear(): void {
    this.#entries = [];
  }
}
