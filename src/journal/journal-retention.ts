import type { JournalRetention } from './journal-store.js';

/** What of a journal's retention is said. */
export type GivenRetention = {
  readonly [Name in keyof JournalRetention]?: JournalRetention[Name] | undefined;
};

const DAY_MS = 86_400_000;

/** A retention with its defaults worked in. @param maxMails what the adapter bears unless it is told otherwise */
export function journalRetention(given: GivenRetention, maxMails: number): JournalRetention {
  const eventsMs = given.eventsMs ?? 90 * DAY_MS;
  return {
    eventsMs,
    personalMs: Math.min(given.personalMs ?? eventsMs, eventsMs),
    countersMs: given.countersMs ?? 400 * DAY_MS,
    maxMails: given.maxMails ?? maxMails,
  };
}
