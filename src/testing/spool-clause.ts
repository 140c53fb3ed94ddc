import assert from 'node:assert/strict';
import type { Mail } from '../core/mail/mail.js';
import { MailRelayError, type MailRelayErrorCode } from '../core/mail-relay-error.js';
import type { DueMail, Claim, Spool, SpoolReceipt } from '../spool/spool.js';
import type { SpooledMail, SpooledRecipient } from '../spool/spooled-mail.js';
import { sampleEntry, sampleMail } from './sample-mail.js';
import type { TestClock } from './test-clock.js';

export const LEASE = { owner: 'contract', leaseMs: 60_000 };
export const TO = ['ada@example.test', 'bob@example.test', 'eve@example.test'];
export const SECOND_MS = 1000;
export const DAY_MS = 86_400_000;

/** What a clause of the spool contract works with. */
export interface ClauseSubject {
  readonly spool: Spool;
  readonly clock: TestClock;
  /** A mail that is due now. */
  readonly mail: (changes?: Partial<Mail>) => Mail;
}

/** Declares one clause; each runs on a spool of its own. */
export type Clause = (title: string, run: (subject: ClauseSubject) => Promise<void>) => void;

let serial = 0;

/** Makes mails with ids never used before, in the order of their making. */
export function mailsOf(clock: TestClock): ClauseSubject['mail'] {
  return (changes = {}) => {
    const now = clock.now();
    const id = `mail${String(++serial).padStart(22, '0')}`;
    return sampleMail({ id, createdAt: now, dueAt: now, ...changes });
  };
}

/** Stores a mail as it comes. */
export function stored(spool: Spool, mail: Mail): Promise<SpoolReceipt> {
  return spool.add(sampleEntry(mail));
}

export async function claimed(spool: Spool, { id }: Pick<Mail, 'id'>): Promise<Claim> {
  const claim = await spool.claim(id, LEASE);
  assert.ok(claim, 'the mail can be claimed');
  return claim;
}

/** Claims a mail and settles its recipients, those that are given. */
export async function settled(
  spool: Spool,
  mail: Mail,
  ...recipients: readonly SpooledRecipient[]
): Promise<SpooledMail> {
  const after = await spool.settle(await claimed(spool, mail), { recipients, countAttempt: true });
  assert.ok(after, 'the claim can be settled');
  return after;
}

/** Stores a mail and lets a worker give up on its recipients. */
export async function gaveUp(spool: Spool, mail: Mail): Promise<void> {
  await stored(spool, mail);
  await settled(spool, mail, ...mail.envelope.to.map((address) => ({ address, state: 'failed' as const })));
}

/** Removes everything that is older than the retention. */
export async function purged(spool: Spool): Promise<number> {
  let all = 0;
  for (;;) {
    const gone = await spool.control.purge(10);
    if (gone === 0) return all;
    all += gone;
  }
}

export function addresses(recipients: readonly SpooledRecipient[]): readonly string[] {
  return recipients.map(({ address }) => address);
}

export function states({ recipients }: Pick<SpooledMail, 'recipients'>): readonly string[] {
  return recipients.map(({ state }) => state);
}

export function ids(mails: readonly { readonly mail: Mail }[] | readonly DueMail[]): readonly string[] {
  return mails.map((one) => ('mail' in one ? one.mail.id : one.id));
}

export function sent(mail: Mail): SpooledRecipient {
  return { address: mail.envelope.to[0] ?? '', state: 'sent' };
}

export function deferred(mail: Mail, dueAt: number): SpooledRecipient {
  return { address: mail.envelope.to[0] ?? '', state: 'deferred', dueAt };
}

export function isError(code: MailRelayErrorCode): (error: unknown) => boolean {
  return (error) => MailRelayError.is(error, code);
}
