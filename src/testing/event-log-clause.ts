import type { EventLog } from '../events/log/event-log.js';
import { mailEventBase } from '../events/mail-event-base.js';
import type { MailEvent } from '../events/mail-event.js';
import type { RelayEvent } from '../events/relay-event.js';
import type { Spool } from '../spool/spool.js';
import { sampleMail } from './sample-mail.js';
import type { TestClock } from './test-clock.js';

/** What a clause of the event log contract works with. */
export interface LogSubject {
  readonly log: EventLog;
  readonly spool?: Spool | undefined;
  readonly clock: TestClock;
}

/** Declares one clause; each runs on a log of its own. */
export type LogClause = (title: string, run: (subject: LogSubject) => Promise<void>) => void;

let serial = 0;

/** Events about mails that never were before: queued, sent, queued, sent ... */
export function sampleEvents(count: 1): readonly [RelayEvent];
export function sampleEvents(count: 2): readonly [RelayEvent, RelayEvent];
export function sampleEvents(count: 3): readonly [RelayEvent, RelayEvent, RelayEvent];
export function sampleEvents(count: number): readonly RelayEvent[];
export function sampleEvents(count: number): readonly RelayEvent[] {
  return Array.from({ length: count }, (_, i): MailEvent => {
    const id = `logged${String(++serial).padStart(20, '0')}`;
    const mail = sampleMail({ id, subject: `Grüße ${i}`, tags: ['a', 'b'], metadata: { order: `${i}` } });
    const [to = ''] = mail.envelope.to;
    return i % 2 === 0
      ? { ...mailEventBase('queued', mail, to, 0, 1_800_000_000_000 + i), dueAt: new Date(1_800_000_000_500) }
      : {
          ...mailEventBase('sent', mail, to, 1, 1_800_000_000_000 + i),
          attempt: 1,
          transport: 'primary',
          providerMessageId: `p${i}`,
        };
  });
}

/** Everything a log holds. */
export async function readAll(log: EventLog): Promise<readonly RelayEvent[]> {
  return (await log.read({ after: '', limit: 10_000 })).events.map(({ event }) => event);
}

/** The places of everything a log holds. */
export async function positions(log: EventLog): Promise<readonly string[]> {
  return (await log.read({ after: '', limit: 10_000 })).events.map(({ position }) => position);
}
