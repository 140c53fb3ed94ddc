import type { Generated } from 'kysely';
import type { KeptReason } from '../../../spool/spool-control.js';

/**
 * The tables of a spool. Text in `mail`, `recipients`, `handed_over` and `abandoned` is JSON, times are milliseconds
 * since the epoch, `lease_until` is steady time of the process that holds the file.
 */
export interface SpoolTables {
  mails: MailsTable;
  messages: MessagesTable;
  streams: StreamsTable;
  pauses: PausesTable;
  counters: CountersTable;
}

export interface MailsTable {
  seq: number;
  id: string;
  /** What wrote the JSON of this row; a row of an unknown version is left alone. */
  record_version: number;
  stream_key: number;
  tenant: string;
  mail: string;
  recipients: string;
  attempts: number;
  crashes: number;
  /** Octets of the message while the mail is pending. */
  bytes: number;
  idempotency_key: string | null;
  fingerprint: string | null;
  /** When the first pending recipient is due; null when nothing is pending. */
  due_at: number | null;
  /** When it is told as due; null while it is claimed, and when nothing is pending. */
  ring_at: number | null;
  /** How often it was told since the last claim. */
  rings: number;
  claim_token: string | null;
  claim_owner: string | null;
  lease_until: number | null;
  handed_over: string | null;
  abandoned: string | null;
  kept_reason: KeptReason | null;
  finished_at: number | null;
  /** Its key in the journal, which may have forgotten it; null when it never had one. */
  journal_key: number | null;
}

/** Messages lie apart, so that a look at the schedule reads none of them. */
export interface MessagesTable {
  mail_seq: number;
  encoding: number;
  /** Octets of the message as it was composed. */
  bytes: number;
  octets: Uint8Array;
}

/** One row for each stream in its lane, with its totals: counting a million rows takes too long. */
export interface StreamsTable {
  stream_key: Generated<number>;
  lane: string;
  stream: string;
  pending: number;
  claimed: number;
  bytes: number;
}

export interface PausesTable {
  kind: 'lane' | 'stream';
  name: string;
}

export interface CountersTable {
  name: string;
  value: number;
}
