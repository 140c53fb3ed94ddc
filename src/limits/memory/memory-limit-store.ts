import type { Clock } from '../../core/schedule/clock.js';
import { IDLE_LINE_WAIT_MS, LimitStore, WAIT_MS, type SlotAnswer, type SlotRequest } from '../limit-store.js';
import type { Limit } from '../limit.js';
import { LimitCount } from './limit-count.js';

/** Below this many counts none is looked for that is over. */
const SWEEP_FROM = 1024;

/** Counts within one process: what other processes send is not seen. */
export class MemoryLimitStore extends LimitStore {
  readonly #clock: Clock;
  readonly #counts = new Map<string, LimitCount>();
  #sweepAt = SWEEP_FROM;

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
  }

  override take({ limits, count, line, returning }: SlotRequest): SlotAnswer {
    const now = this.#clock.steady();
    const counts: LimitCount[] = [];
    let lined = false;
    let free = now;
    let longest = 0;
    for (const limit of limits) {
      const one = this.#countOf(limit, now);
      const at = one.freeAt(count, now);
      if (at > free) {
        free = at;
        longest = counts.length;
      }
      lined ||= one.hasLine(line, now);
      counts.push(one);
    }
    const ahead = lined ? (returning ? WAIT_MS : 0) : IDLE_LINE_WAIT_MS;
    const overtaken = lined && !returning ? this.#overtaken(counts, count, now, line) : -1;
    if (free <= now + ahead && overtaken < 0) {
      return {
        kind: 'slot',
        inMs: Math.ceil(free - now),
        windows: counts.map((one) => one.add(count, free)),
      };
    }
    const limit = free > now + ahead ? longest : overtaken;
    const comeBack = counts[limit]?.lineUp(line, count, free, now) ?? free;
    return {
      kind: 'full',
      limit,
      freeInMs: Math.ceil(free - now),
      comeBackInMs: Math.ceil(comeBack - now),
    };
  }

  override giveBack(limits: readonly Limit[], count: number, windows: readonly number[]): void {
    for (const [i, limit] of limits.entries()) {
      const window = windows[i];
      if (limit.kind === 'quota' && window !== undefined) {
        this.#counts.get(limit.key)?.giveBack(count, window);
      }
    }
  }

  /** How many limits are counted at the moment. */
  get size(): number {
    return this.#counts.size;
  }

  /** The first limit whose room is for those who wait in the line already; -1 when there is none. */
  #overtaken(counts: readonly LimitCount[], messages: number, now: number, line: string): number {
    return counts.findIndex((one) => one.freeAt(messages, now, line) > now);
  }

  #countOf(limit: Limit, now: number): LimitCount {
    const known = this.#counts.get(limit.key);
    if (known?.fits(limit)) return known;
    if (this.#counts.size >= this.#sweepAt) this.#sweep(now);
    const count = new LimitCount(limit);
    this.#counts.set(limit.key, count);
    return count;
  }

  #sweep(now: number): void {
    for (const [key, count] of this.#counts) if (count.isStale(now)) this.#counts.delete(key);
    this.#sweepAt = Math.max(SWEEP_FROM, this.#counts.size * 2);
  }
}
