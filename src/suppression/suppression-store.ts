import type { SuppressionReason, SuppressionScope } from './suppression.js';

/** An entry as a store keeps it; all times are milliseconds since the epoch. @publicApi */
export interface StoredSuppression {
  readonly tenant: string;
  /** An address, a domain, or the hash that stands for an address. Opaque to a store. */
  readonly subject: string;
  readonly scope: SuppressionScope;
  readonly reason: SuppressionReason;
  readonly source?: string | undefined;
  readonly createdAt: number;
  readonly seenAt: number;
  /** Absent for never. */
  readonly expiresAt?: number | undefined;
}

/** Which entries are meant. @publicApi */
export interface StoredSelector {
  readonly tenant: string;
  readonly subjects: readonly string[];
  /** All scopes by default. */
  readonly scope?: SuppressionScope | undefined;
  /** All reasons by default. */
  readonly reason?: SuppressionReason | undefined;
}

/** Which part of the list. @publicApi */
export interface StoredQuery {
  /** All tenants by default. */
  readonly tenant?: string | undefined;
  /** From the page before. */
  readonly cursor?: string | undefined;
  /** About so many entries, of at most so many subjects; those of one subject stay together. */
  readonly limit: number;
}

/** A part of the list. @publicApi */
export interface StoredPage {
  readonly entries: readonly StoredSuppression[];
  /** Absent on the last page. */
  readonly cursor?: string | undefined;
}

/** A bounce that counts against an address. @publicApi */
export interface BounceMark {
  readonly tenant: string;
  readonly subject: string;
  /** The event's id, or what stands for several events that are one sign: the same id counts once. */
  readonly eventId: string;
  readonly at: number;
  /** Earlier marks of this subject do not count any more, and are forgotten. */
  readonly since: number;
}

/**
 * Where suppressions are kept. Entries are told apart by tenant, subject, scope and reason. A store decides nothing: it
 * gives back expired entries too, as long as it has them.
 *
 * Every adapter passes the same contract suite.
 *
 * @publicApi
 */
export abstract class SuppressionStore {
  /** True when it is sure, without asking anybody, that there is no entry at all. */
  get isEmpty(): boolean {
    return false;
  }

  /**
   * The entries of these subjects, in one round trip.
   *
   * @param waitMs how long a store elsewhere may take to answer, milliseconds
   */
  abstract find(
    tenant: string,
    subjects: readonly string[],
    waitMs?: number,
  ): Promise<readonly StoredSuppression[]>;

  /**
   * Adds entries, or confirms those that are there: the earlier `createdAt` and the longer life stay, the rest is
   * renewed. An entry that has expired by `now` is replaced; others that have may be forgotten.
   */
  abstract put(entries: readonly StoredSuppression[], now: number): Promise<void>;

  /** @returns how many entries are gone */
  abstract remove(which: StoredSelector): Promise<number>;

  /** Entries by tenant and subject. What is there from the first page to the last comes exactly once. */
  abstract page(query: StoredQuery): Promise<StoredPage>;

  /** @returns how many marks of this subject count now, this one included */
  abstract mark(mark: BounceMark): Promise<number>;

  /** Forgets the marks of these subjects, up to a moment and with it. */
  abstract clearMarks(tenant: string, subjects: readonly string[], upTo: number): Promise<void>;
}
