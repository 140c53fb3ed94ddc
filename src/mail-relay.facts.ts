import type { Provider } from '@nestjs/common';
import { Clock } from './core/schedule/clock.js';
import { MailEventPublisher } from './events/mail-event-bus.js';
import type { MailJournal } from './journal/mail-journal.js';
import { EventLog } from './events/log/event-log.js';
import { JournalStore } from './journal/journal-store.js';
import { GATHER_MS } from './mail-relay.journal.js';
import { getMailJournalToken, SETTINGS } from './mail-relay.tokens.js';
import { FactIntake } from './mailer/ingest/fact-intake.js';
import { MailFinder } from './mailer/ingest/mail-finder.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import { Spool } from './spool/spool.js';

/** A journal that reads the event log is a moment behind it, and longer when the process that writes it was busy. */
const BEHIND_A_LOG_MS = [GATHER_MS + 50, 1000];
/** One that is told in this process is behind by a turn of the event loop. */
const BEHIND_A_TURN_MS = [10];

/** What takes facts from outside; without a journal a mail is found by its id, as long as the spool has it. */
export function factProviders(relay: string): Provider[] {
  return [
    {
      provide: FactIntake,
      inject: [
        SETTINGS,
        Spool,
        MailEventPublisher,
        Clock,
        JournalStore,
        EventLog,
        { token: getMailJournalToken(relay), optional: true },
      ],
      useFactory: (
        settings: ResolvedOptions,
        spool: Spool,
        events: MailEventPublisher,
        clock: Clock,
        store: JournalStore,
        log: EventLog | undefined,
        journal: MailJournal | undefined,
      ) =>
        new FactIntake({
          relay: settings.relay,
          finder: new MailFinder(spool, settings.journal === false ? undefined : journal),
          events,
          clock,
          rules: { localDomains: settings.localDomains },
          askAgainMs: settings.journal === false ? [] : lagOf(store, log),
        }),
    },
  ];
}

/** How far a journal may be behind what happened. */
function lagOf({ fedBy }: JournalStore, log: EventLog | undefined): readonly number[] {
  if (fedBy === 'log') return [];
  return log ? BEHIND_A_LOG_MS : BEHIND_A_TURN_MS;
}
