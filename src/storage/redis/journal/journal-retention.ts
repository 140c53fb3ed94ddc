import type { JournalRetention } from '../../../journal/journal-store.js';

/** What of a journal's retention is said. */
export type GivenRetention = {
  readonly [Name in keyof JournalRetention]?: JournalRetention[Name] | undefined;
};

const DAY_MS = 86_400_000;
/** Half a gigabyte, at about 1 KB a mail: memory that nobody asked for is not taken without end. */
const MAX_MAILS = 500_000;

/** A retention with what Redis does unless it is told otherwise. */
export function journalRetention(given: GivenRetention): JournalRetention {
  const eventsMs = given.eventsMs ?? 90 * DAY_MS;
  return {
    eventsMs,
    personalMs: Math.min(given.personalMs ?? eventsMs, eventsMs),
    countersMs: given.countersMs ?? 400 * DAY_MS,
    maxMails: given.maxMails ?? MAX_MAILS,
  };
}
