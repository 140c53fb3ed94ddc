import type { Logger, Provider } from '@nestjs/common';
import { Clock } from './core/schedule/clock.js';
import { MailEventBus } from './events/mail-event-bus.js';
import { MAIL_EVENT_TYPES } from './events/mail-event.js';
import { isMailEvent } from './events/relay-event.js';
import { JournalRecorder } from './journal/journal-recorder.js';
import { JournalStore } from './journal/journal-store.js';
import { NoJournal } from './journal/no-journal.js';
import { StoredJournal } from './journal/stored-journal.js';
import { getMailJournalToken, SETTINGS } from './mail-relay.tokens.js';
import type { ResolvedOptions } from './options/resolve-options.js';

/** So that what follows in the next moment, such as that a queued mail was sent, is recorded with what came before it. */
export const GATHER_MS = 250;

/** The history of a relay's mails. */
export function journalProviders(relay: string, log: Logger): Provider[] {
  return [
    {
      provide: getMailJournalToken(relay),
      inject: [SETTINGS, JournalStore],
      useFactory: ({ journal }: ResolvedOptions, store: JournalStore) =>
        journal === false ? new NoJournal() : new StoredJournal(store),
    },
    {
      provide: JournalRecorder,
      inject: [SETTINGS, JournalStore, Clock, MailEventBus],
      useFactory: ({ journal }: ResolvedOptions, store: JournalStore, clock: Clock, events: MailEventBus) => {
        if (journal === false) return undefined;
        const recorder = new JournalRecorder({ store, clock, log });
        if (store.fedBy === 'listener') {
          events.listen({
            name: 'journal',
            types: MAIL_EVENT_TYPES,
            filter: {},
            handle: (event) => (isMailEvent(event) ? recorder.handle(event) : undefined),
            // Where events are kept they are read from there, and a store that is away for an hour misses none.
            handleMany: (some) => store.record(some.filter(isMailEvent)),
            gatherMs: GATHER_MS,
            durable: {},
            isOwn: true,
          });
        }
        return recorder;
      },
    },
  ];
}
