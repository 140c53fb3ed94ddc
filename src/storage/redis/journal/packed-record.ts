import type { JournalRecord } from '../../../journal/journal-record.js';
import type { MailEvent } from '../../../events/mail-event.js';
import { packEvents, unpackEvents } from '../events/packed-events.js';

/** What is stored of a mail. */
export interface StoredRecord extends JournalRecord {
  /** Grows with every write; 0 for one that is not stored yet. */
  readonly version: number;
}

export function packRecord({ version, createdAt, events }: StoredRecord): string {
  return `${version} ${createdAt} ${packEvents(events)}`;
}

/** Undefined for what is not there, or is no record. */
export function unpackRecord(mailId: string, text: string | null | undefined): StoredRecord | undefined {
  const [, version, createdAt, packed] = /^(\d+) (\d+) (.*)$/s.exec(text ?? '') ?? [];
  if (packed === undefined) return undefined;
  const events = unpackEvents(packed) as readonly MailEvent[];
  if (events.length === 0) return undefined;
  return { mailId, version: Number(version), createdAt: Number(createdAt), events };
}
