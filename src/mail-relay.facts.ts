import type { Provider } from '@nestjs/common';
import { Clock } from './core/schedule/clock.js';
import { MailEventPublisher } from './events/mail-event-bus.js';
import type { MailJournal } from './journal/mail-journal.js';
import { getMailJournalToken, SETTINGS } from './mail-relay.tokens.js';
import { FactIntake } from './mailer/ingest/fact-intake.js';
import { MailFinder } from './mailer/ingest/mail-finder.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import { Spool } from './spool/spool.js';

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
        { token: getMailJournalToken(relay), optional: true },
      ],
      useFactory: (
        settings: ResolvedOptions,
        spool: Spool,
        events: MailEventPublisher,
        clock: Clock,
        journal: MailJournal | undefined,
      ) =>
        new FactIntake({
          relay: settings.relay,
          finder: new MailFinder(spool, settings.journal === false ? undefined : journal),
          events,
          clock,
          rules: { localDomains: settings.localDomains },
        }),
    },
  ];
}
