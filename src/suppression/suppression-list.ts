import type { Readable } from 'node:stream';
import type { Suppression, SuppressionReason, SuppressionScope } from './suppression.js';

/** Whom not to mail: an address, or everybody of a domain. @publicApi */
export type SuppressionTarget = { readonly address: string } | { readonly domain: string };

/** What is added to the list. @publicApi */
export type NewSuppression = SuppressionTarget & {
  /** @default 'all' */
  readonly scope?: SuppressionScope | undefined;
  /** @default 'manual' */
  readonly reason?: SuppressionReason | undefined;
  /** @default '' */
  readonly tenant?: string | undefined;
  /** Who said so, without personal data: a file's name, a ticket. */
  readonly source?: string | undefined;
  /** @default never */
  readonly expiresAt?: Date | undefined;
};

/** Which entries are meant. @publicApi */
export type SuppressionSelector = SuppressionTarget & {
  /** @default every scope */
  readonly scope?: SuppressionScope | undefined;
  /** @default every reason */
  readonly reason?: SuppressionReason | undefined;
  /** @default '' */
  readonly tenant?: string | undefined;
};

/** Which part of the list. @publicApi */
export interface SuppressionQuery {
  /** @default all tenants */
  readonly tenant?: string | undefined;
  /** From the page before; opaque. */
  readonly cursor?: string | undefined;
  /** About so many entries, 1 to 1000. @default 100 */
  readonly limit?: number | undefined;
}

/** A part of the list. @publicApi */
export interface SuppressionPage {
  readonly entries: readonly Suppression[];
  /** For the next page; absent on the last one. */
  readonly cursor?: string | undefined;
}

/** A line of a file that was not taken. @publicApi */
export interface SuppressionImportProblem {
  /** From 1; the header is line 1. */
  readonly line: number;
  /** What is wrong and what to do, without the address. */
  readonly reason: string;
}

/** How a file is read. @publicApi */
export interface SuppressionImportOptions {
  /**
   * The names of the file's columns, where they are not ours: `{ address: 'Email Address', reason: 'Status' }`.
   *
   * @default `address` or `email`, `domain`, `hash`, `scope`, `reason`, `tenant`, `source`, `created_at`, `expires_at`
   */
  readonly columns?: Partial<Record<SuppressionColumn, string>> | undefined;
  /** Where a line has none. @default 'all' */
  readonly scope?: SuppressionScope | undefined;
  /**
   * Where a line has none. With a function the file's own word comes in; undefined refuses the line.
   *
   * @default 'manual'
   */
  readonly reason?: SuppressionReason | ((told: string) => SuppressionReason | undefined) | undefined;
  /** Where a line has none. @default '' */
  readonly tenant?: string | undefined;
  /** Where a line has none: the file's name, a former provider. */
  readonly source?: string | undefined;
  /** Told of every line that is not taken. */
  readonly onProblem?: ((problem: SuppressionImportProblem) => void) | undefined;
  /** Between two groups of lines the import ends. */
  readonly signal?: AbortSignal | undefined;
}

/** The columns of a file. @publicApi */
export type SuppressionColumn =
  'address' | 'domain' | 'hash' | 'scope' | 'reason' | 'tenant' | 'source' | 'created_at' | 'expires_at';

/** What became of a file. @publicApi */
export interface SuppressionImport {
  /** Lines with data. */
  readonly lines: number;
  /** How many were taken; those that were there already are confirmed. */
  readonly taken: number;
  readonly refused: number;
  /** The first hundred lines that were refused; `onProblem` is told of all. */
  readonly problems: readonly SuppressionImportProblem[];
}

/**
 * Who must not be mailed. Asked by the relay when a mail is accepted and again before each attempt; filled by hard
 * bounces, complaints and unsubscribes, and by the application.
 *
 * @example
 * ```ts
 * await suppressions.add({ address: 'ada@example.test', scope: 'marketing' });
 * ```
 * @publicApi
 */
export abstract class SuppressionList {
  /**
   * Adds an entry, or confirms one that is there. Resolves once it is stored: no mail goes after that, not even one that
   * is queued already, but for attempts under way.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_ADDRESS` or `ERR_MAIL_RELAY_SUPPRESSION` for what is none
   */
  abstract add(entry: NewSuppression): Promise<void>;

  /** @returns how many entries are gone */
  abstract remove(which: SuppressionSelector): Promise<number>;

  /** Every entry in force that concerns this address, those of its domain included. */
  abstract find(
    address: string,
    scope?: { readonly tenant?: string | undefined },
  ): Promise<readonly Suppression[]>;

  /** The list by tenant and address, page by page; expired entries may still be in it. */
  abstract list(query?: SuppressionQuery): Promise<SuppressionPage>;

  /** The whole list, or a tenant's, as CSV (RFC 4180) in UTF-8; read no faster than it is taken. */
  abstract exportCsv(query?: { readonly tenant?: string | undefined }): Readable;

  /**
   * Reads a CSV file with a header line, in memory that does not grow with the file. Lines that are wrong are told and do
   * not stop the others; reading the same file again changes nothing.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_SUPPRESSION` for a file without a usable header
   */
  abstract importCsv(
    source: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
    options?: SuppressionImportOptions,
  ): Promise<SuppressionImport>;
}
