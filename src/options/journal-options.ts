import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { GivenRetention } from '../journal/journal-retention.js';
import type { PlainOptions } from './plain-options.js';
import type { Problems } from './problems.js';

const HOUR_MS = 3_600_000;
const MAX_MS = 10 * 366 * 24 * HOUR_MS;
const wholeMs = { message: 'expected a whole number of milliseconds' };
const atLeastAnHour = { message: `expected at least an hour, ${HOUR_MS}` };
const atMostTenYears = { message: `expected at most ten years, ${MAX_MS}` };

/** How long the journal remembers; what is not given has the default of the storage. @publicApi */
export type JournalRetentionOptions = PlainOptions<JournalRetentionOptionsSchema>;

/** What `JournalRetentionOptions` must look like, as class-validator checks it. @internal */
export class JournalRetentionOptionsSchema {
  /**
   * Mails with their events and the states of their recipients, milliseconds.
   *
   * @default 90 days
   */
  @IsOptional()
  @IsInt(wholeMs)
  @Min(HOUR_MS, atLeastAnHour)
  @Max(MAX_MS, atMostTenYears)
  readonly eventsMs?: number | undefined;

  /**
   * Addresses, subjects, metadata and the words of servers, milliseconds; never longer than `eventsMs`.
   *
   * @default as long as `eventsMs`
   */
  @IsOptional()
  @IsInt(wholeMs)
  @Min(HOUR_MS, atLeastAnHour)
  @Max(MAX_MS, atMostTenYears)
  readonly personalMs?: number | undefined;

  /**
   * The counts by hour, milliseconds.
   *
   * @default 400 days
   */
  @IsOptional()
  @IsInt(wholeMs)
  @Min(HOUR_MS, atLeastAnHour)
  @Max(MAX_MS, atMostTenYears)
  readonly countersMs?: number | undefined;

  /**
   * Mails at most; the oldest go first.
   *
   * @default 10000 in memory, 500000 in Redis, no bound in SQLite
   */
  @IsOptional()
  @IsInt({ message: 'expected a whole number' })
  @Min(1, { message: 'expected at least 1' })
  readonly maxMails?: number | undefined;
}

/** What the journal of a relay keeps. @publicApi */
export type JournalOptions = PlainOptions<JournalOptionsSchema>;

/** What `JournalOptions` must look like, as class-validator checks it. @internal */
export class JournalOptionsSchema {
  @IsOptional()
  readonly retention?: JournalRetentionOptions | undefined;
}

/** @returns false where nothing is recorded */
export function resolveJournal(
  given: false | JournalOptions | undefined,
  problems: Problems,
): false | GivenRetention {
  if (given === false) return false;
  const options = given ?? {};
  if (!problems.check(JournalOptionsSchema, options, 'journal')) return {};
  const { retention = {} } = options;
  problems.check(JournalRetentionOptionsSchema, retention, 'journal.retention');
  return retention;
}
