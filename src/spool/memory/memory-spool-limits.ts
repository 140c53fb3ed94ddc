import type { SpoolRetention } from '../spool-control.js';

const DAY_MS = 86_400_000;

/** Bounds of the memory spool. */
export interface MemorySpoolLimits {
  /** @default 100 000 */
  readonly maxMails?: number | undefined;
  /** Octets of all messages. @default 512 MiB */
  readonly maxBytes?: number | undefined;
  /** How many finished mails stay known, for `status()` and idempotency keys. @default 10 000 */
  readonly maxFinished?: number | undefined;
  /** How many mails are kept for somebody's decision; beyond it the oldest is forgotten. @default 1000 */
  readonly maxKept?: number | undefined;
  /** Octets of their messages. @default 64 MiB */
  readonly maxKeptBytes?: number | undefined;
  /** How long a mail nobody claimed waits until it is told again, milliseconds. @default 30 000 */
  readonly ringAgainMs?: number | undefined;
  readonly retention?: Partial<SpoolRetention> | undefined;
}

/** The bounds with their defaults. */
export interface ResolvedMemorySpoolLimits {
  readonly maxMails: number;
  readonly maxBytes: number;
  readonly maxFinished: number;
  readonly maxKept: number;
  readonly maxKeptBytes: number;
  readonly ringAgainMs: number;
  readonly retention: SpoolRetention;
}

export function resolveMemorySpoolLimits(limits: MemorySpoolLimits): ResolvedMemorySpoolLimits {
  return {
    maxMails: limits.maxMails ?? 100_000,
    maxBytes: limits.maxBytes ?? 512 * 1024 * 1024,
    maxFinished: limits.maxFinished ?? 10_000,
    maxKept: limits.maxKept ?? 1000,
    maxKeptBytes: limits.maxKeptBytes ?? 64 * 1024 * 1024,
    ringAgainMs: limits.ringAgainMs ?? 30_000,
    retention: {
      finishedMs: limits.retention?.finishedMs ?? 7 * DAY_MS,
      keptMs: limits.retention?.keptMs ?? 30 * DAY_MS,
    },
  };
}
