import type { Generated } from 'kysely';
import type { RecipientState } from '../../../core/mail/delivery-report.js';
import type { CountersTable } from './spool-tables.js';

/** The tables of the event log and the journal. `tags`, `metadata`, `original`, `facts`, `rest` and `waiting` are JSON. */
export interface JournalTables {
  journal_mails: JournalMailsTable;
  journal_recipients: JournalRecipientsTable;
  journal_tags: { tag: string; mail_key: number };
  events: EventsTable;
  event_readers: EventReadersTable;
  journal_hours: JournalHoursTable;
  journal_domain_hours: JournalHoursTable;
  counters: CountersTable;
}

/** What all events of a mail share, once. */
export interface JournalMailsTable {
  mail_key: number;
  id: string;
  /** As `storedMessageId()` writes it. */
  message_id: string;
  relay: string;
  stream: string;
  tenant: string;
  template: string | null;
  subject: string | null;
  tags: string | null;
  metadata: string | null;
  original: string | null;
  created_at: number;
}

export interface JournalRecipientsTable {
  /** Made of its mail and its place in the envelope, or of the order in which those outside were heard of. */
  recipient_key: number;
  /** Empty when it was erased. */
  address: string;
  state: RecipientState | null;
  state_at: number;
  attempt: number;
  round_at: number;
  facts: string | null;
  transport: string | null;
  provider_message_id: string | null;
}

/** An event without what its mail and its recipient say; all of it in `rest` when it is about no mail. */
export interface EventsTable {
  seq: Generated<number>;
  /** Null when it is about no mail. */
  recipient_key: number | null;
  type: string;
  at: number;
  /** As `storedEventId()` writes it. */
  id: string;
  rest: string | null;
}

export interface EventReadersTable {
  name: string;
  position: string;
  waiting: string;
  token: string | null;
  owner: string | null;
  /** Steady time of the process that holds the file. */
  lease_until: number | null;
}

/** How many events there were in an hour; the domain is empty where all are summed up. */
export interface JournalHoursTable {
  hour: number;
  type: string;
  stream: string;
  transport: string;
  domain: string;
  count: number;
}
