import type { FactoryProvider } from '@nestjs/common';
import { BreakerStore } from './circuits/breaker-store.js';
import { MemoryBreakerStore } from './circuits/memory/memory-breaker-store.js';
import { Clock } from './core/schedule/clock.js';
import { EventLog } from './events/log/event-log.js';
import { journalRetention } from './journal/journal-retention.js';
import { JournalStore } from './journal/journal-store.js';
import { MemoryJournalStore } from './journal/memory/memory-journal-store.js';
import { LimitStore } from './limits/limit-store.js';
import { MemoryLimitStore } from './limits/memory/memory-limit-store.js';
import { SETTINGS } from './mail-relay.tokens.js';
import type { ResolvedOptions } from './options/resolve-options.js';
import { InlineQueue } from './queue/inline/inline-queue.js';
import { MailQueue } from './queue/mail-queue.js';
import { MemorySpool } from './spool/memory/memory-spool.js';
import { Spool } from './spool/spool.js';
import { MemorySuppressionStore } from './suppression/memory/memory-suppression-store.js';
import { SuppressionStore } from './suppression/suppression-store.js';

/** Mails that a journal in memory holds unless it is told otherwise. */
const JOURNAL_MAILS = 10_000;

/**
 * All that a relay keeps, in this process alone. The features of an application put something else in the place of each;
 * the test kit puts these back.
 */
export const MEMORY_PROVIDERS: readonly FactoryProvider[] = [
  { provide: Spool, inject: [Clock], useFactory: (clock: Clock) => new MemorySpool(clock) },
  { provide: MailQueue, useFactory: () => new InlineQueue() },
  // Events are told as they happen, and not kept.
  { provide: EventLog, useFactory: () => undefined },
  {
    provide: JournalStore,
    inject: [SETTINGS, Clock],
    useFactory: ({ journal }: ResolvedOptions, clock: Clock) =>
      new MemoryJournalStore(clock, journalRetention(journal === false ? {} : journal, JOURNAL_MAILS)),
  },
  { provide: SuppressionStore, useFactory: () => new MemorySuppressionStore() },
  { provide: LimitStore, inject: [Clock], useFactory: (clock: Clock) => new MemoryLimitStore(clock) },
  { provide: BreakerStore, useFactory: () => new MemoryBreakerStore() },
];
