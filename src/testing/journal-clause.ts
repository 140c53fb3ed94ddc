import assert from 'node:assert/strict';
import { classifyFailure } from '../core/failure/failure-classifier.js';
import { parseSmtpReply } from '../core/failure/smtp-reply.js';
import type { Mail } from '../core/mail/mail.js';
import { mailEventBase } from '../events/mail-event-base.js';
import type {
  MailBounced,
  MailComplained,
  MailDeferred,
  MailQueued,
  MailSent,
} from '../events/mail-event.js';
import type { CheckedSearch, JournalRetention, JournalStore } from '../journal/journal-store.js';
import type { JournalEntry } from '../journal/mail-journal.js';
import { sampleMail } from './sample-mail.js';
import type { TestClock } from './test-clock.js';

export const ADA = 'ada@example.test';
export const BOB = 'bob@example.test';
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** The retention of a clause that names no other. */
export const KEEPS_ALL: JournalRetention = {
  eventsMs: 90 * DAY_MS,
  personalMs: 90 * DAY_MS,
  countersMs: 400 * DAY_MS,
  maxMails: Number.MAX_SAFE_INTEGER,
};

/** What a clause of the journal contract works with. */
export interface JournalSubject {
  readonly store: JournalStore;
  readonly clock: TestClock;
}

/** Declares one clause; each runs on a store of its own. */
export type JournalClause = (
  title: string,
  run: (subject: JournalSubject) => Promise<void>,
  retention?: Partial<JournalRetention>,
) => void;

let serial = 0;

/** A mail with an id never used before. */
export function newMail(clock: TestClock, changes: Partial<Mail> = {}): Mail {
  const now = clock.now();
  const id = `jrnl${String(++serial).padStart(22, '0')}`;
  return sampleMail({ id, createdAt: now, dueAt: now, subject: 'Welcome', ...changes });
}

/** The envelope of a mail to these recipients. */
export function to(...recipients: readonly string[]): Pick<Mail, 'envelope'> {
  return { envelope: { from: 'hello@acme.test', to: recipients } };
}

export function queued(mail: Mail, recipient = firstOf(mail)): MailQueued {
  return { ...mailEventBase('queued', mail, recipient, 0, mail.createdAt), dueAt: new Date(mail.dueAt) };
}

export function sent(mail: Mail, clock: TestClock, changes: Partial<MailSent> = {}): MailSent {
  const { recipient = firstOf(mail), attempt = 1 } = changes;
  return {
    ...mailEventBase('sent', mail, recipient, attempt, clock.now()),
    attempt,
    transport: 'primary',
    reply: { code: 250, text: `ok ${recipient}`, consistent: true },
    ...changes,
  };
}

export function deferred(mail: Mail, clock: TestClock, attempt = 1): MailDeferred {
  return {
    ...mailEventBase('deferred', mail, firstOf(mail), attempt, clock.now()),
    attempt,
    transport: 'primary',
    failure: classifyFailure({ provenance: 'timeout', stage: 'conn', upstream: 'relay' }),
    nextAttemptAt: new Date(clock.now() + HOUR_MS),
  };
}

export function bounced(mail: Mail, clock: TestClock, recipient = firstOf(mail)): MailBounced {
  return {
    ...mailEventBase('bounced', mail, recipient, 1, clock.now()),
    attempt: 1,
    transport: 'primary',
    failure: classifyFailure({
      provenance: 'smtp',
      stage: 'rcpt',
      upstream: 'relay',
      reply: parseSmtpReply(`550 5.1.1 <${recipient}> is unknown here`),
    }),
    kind: 'hard',
    suppress: 'now',
  };
}

export function complained(mail: Mail, clock: TestClock): MailComplained {
  const facts = mailEventBase('complained', mail, firstOf(mail), 0, clock.now());
  return { ...facts, id: `${mail.id}.0.outside.complained`, occurredAt: new Date(clock.now()) };
}

/** Everything that fits, page by page. */
export async function searchAll(
  store: JournalStore,
  search: Partial<CheckedSearch> = {},
): Promise<readonly JournalEntry[]> {
  const found: JournalEntry[] = [];
  let cursor: string | undefined;
  const { limit = 3 } = search;
  do {
    const page = await store.search({ ...search, limit, cursor });
    assert.ok(page.entries.length <= limit, 'a page is no longer than was asked');
    assert.notEqual(page.cursor, cursor ?? '', 'a page leads on');
    found.push(...page.entries);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** The addresses of what was found. */
export function addresses(entries: readonly JournalEntry[]): readonly string[] {
  return entries.map(({ recipient }) => recipient.address);
}

/** Each recipient of a mail with its state. */
export async function statesOf(
  store: JournalStore,
  { id }: Mail,
): Promise<Record<string, string | undefined>> {
  const timeline = await store.timeline(id);
  return Object.fromEntries(timeline?.recipients.map(({ address, state }) => [address, state]) ?? []);
}

function firstOf({ envelope }: Mail): string {
  return envelope.to[0] ?? '';
}
