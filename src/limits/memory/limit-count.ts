import { QUOTA_PACE_MS, WAIT_MS } from '../limit-store.js';
import type { Limit } from '../limit.js';
import { QuotaWindow } from './quota-window.js';
import { RecentSlots } from './recent-slots.js';

/** Those of one line who were told to come back, one after the other. */
interface Line {
  readonly begins: number;
  /** The last moment that was told. */
  readonly ends: number;
}

/** What one limit has counted, and how far the lines before it reach. */
export class LimitCount {
  readonly #limit: Limit;
  readonly #recent: RecentSlots | undefined;
  readonly #window = new QuotaWindow();
  readonly #lines = new Map<string, Line>();

  constructor(limit: Limit) {
    this.#limit = limit;
    this.#recent = limit.kind === 'rate' ? new RecentSlots(limit.max) : undefined;
  }

  /** False when the same key now stands for another limit: then what was counted means nothing. */
  fits({ kind, max, periodMs }: Limit): boolean {
    return kind === this.#limit.kind && max === this.#limit.max && periodMs === this.#limit.periodMs;
  }

  hasLine(line: string, now: number): boolean {
    return (this.#lines.get(line)?.ends ?? 0) > now;
  }

  /** When there is room; `behind` names a line that is to go first. */
  freeAt(count: number, now: number, behind?: string): number {
    const { max, periodMs } = this.#limit;
    if (this.#recent) return this.#recent.freeAt(count, periodMs, now);
    const reserved = behind === undefined ? 0 : this.#reserved(behind, now);
    return this.#window.freeAt(count, max, periodMs, now, reserved);
  }

  /** @returns what names the window, for a quota */
  add(count: number, at: number): number {
    if (!this.#recent) return this.#window.add(count, this.#limit.periodMs, at);
    this.#recent.add(count, at);
    return 0;
  }

  giveBack(count: number, window: number): void {
    this.#window.giveBack(count, window);
  }

  /** The end of a line, where `count` messages are told to come back: at the pace in which room appears. */
  lineUp(line: string, count: number, free: number, now: number): number {
    const { max, periodMs } = this.#limit;
    const pace = this.#pace();
    const known = this.#lines.get(line);
    // A little early, so that a slot is waited for rather than missed.
    const from = this.#recent ? Math.max(now, free - WAIT_MS / 2) : free;
    const begins = Math.max(known?.ends ?? 0, from);
    let at = begins + count * pace;
    if (!this.#recent) {
      const start = this.#window.startAround(at, periodMs);
      // No more than a quota's worth in each of its windows.
      if (at - start > max * pace) at = start + periodMs + count * pace;
    }
    this.#lines.set(line, { begins: known && known.ends > now ? known.begins : begins, ends: at });
    return at;
  }

  isStale(now: number): boolean {
    const { periodMs } = this.#limit;
    for (const { ends } of this.#lines.values()) if (ends > now) return false;
    return this.#recent ? this.#recent.isStale(periodMs, now) : this.#window.isStale(periodMs, now);
  }

  #pace(): number {
    const even = this.#limit.periodMs / this.#limit.max;
    return this.#recent ? even : Math.min(even, QUOTA_PACE_MS);
  }

  /** How many of a line are still to come within the window that runs. */
  #reserved(line: string, now: number): number {
    const waiting = this.#lines.get(line);
    if (!waiting) return 0;
    const { max, periodMs } = this.#limit;
    const pace = this.#pace();
    const until = Math.min(waiting.ends, this.#window.startAt(periodMs, now) + max * pace);
    return Math.max(0, Math.ceil((until - Math.max(now, waiting.begins)) / pace));
  }
}
