import type { FoundMail, MailJournal } from '../../journal/mail-journal.js';
import { bounceKindOf } from '../../events/bounce-kind.js';
import type { BounceKind, MailEvent } from '../../events/mail-event.js';
import { mailIdIn } from '../../core/mail/mail-id.js';
import type { Mail } from '../../core/mail/mail.js';
import type { Spool } from '../../spool/spool.js';
import type { FactFields } from './fact-fields.js';

/** A mail that a fact may be about. */
export interface FactMail extends Pick<
  Mail,
  'messageId' | 'stream' | 'tenant' | 'template' | 'subject' | 'tags' | 'metadata' | 'originalRecipients'
> {
  readonly mailId: string;
  /** In the order of the envelope. */
  readonly recipients: readonly string[];
  /** What was recorded of it, as far as anybody knows. */
  readonly eventIds: ReadonlySet<string>;
  /** The bounces of a recipient so far. */
  readonly bouncesOf: (recipient: string) => readonly BounceKind[];
}

/** Finds the mail of a fact: in the spool by its id, in the journal by whatever it is called. */
export class MailFinder {
  readonly #spool: Pick<Spool, 'get'>;
  readonly #journal: Pick<MailJournal, 'find' | 'timeline'> | undefined;

  constructor(spool: Pick<Spool, 'get'>, journal: Pick<MailJournal, 'find' | 'timeline'> | undefined) {
    this.#spool = spool;
    this.#journal = journal;
  }

  async find(reference: FactFields['reference']): Promise<FactMail | undefined> {
    const found = await this.#journal?.find(reference);
    const mailId = found?.mailId ?? idIn(reference);
    if (mailId === undefined) return undefined;
    const [known, timeline] = await Promise.all([this.#spool.get(mailId), this.#journal?.timeline(mailId)]);
    // A Message-ID that somebody made up, or gave the mail himself.
    const isOther = 'messageId' in reference && known?.mail.messageId !== reference.messageId;
    const spooled = isOther ? undefined : known;
    const events = timeline?.events ?? [];
    const eventIds = new Set(events.map(({ id }) => id));
    if (spooled) {
      const { id, envelope, ...mail } = spooled.mail;
      const kinds = (address: string): readonly BounceKind[] =>
        spooled.recipients.flatMap(({ address: one, state, failure }) =>
          one === address && state === 'bounced' && failure ? [bounceKindOf(failure)] : [],
        );
      return {
        ...mail,
        mailId: id,
        recipients: envelope.to,
        eventIds,
        bouncesOf: (recipient) => [...kinds(recipient), ...bouncesIn(events, recipient)],
      };
    }
    return found && fromJournal(found, eventIds, events);
  }
}

/** The id that a mail has by its reference: a Message-ID of ours is made of it. */
function idIn(reference: FactFields['reference']): string | undefined {
  if ('mailId' in reference) return reference.mailId;
  return 'messageId' in reference ? mailIdIn(reference.messageId) : undefined;
}

function fromJournal(
  found: FoundMail,
  eventIds: ReadonlySet<string>,
  events: readonly MailEvent[],
): FactMail {
  return {
    mailId: found.mailId,
    messageId: found.messageId,
    stream: found.stream,
    tenant: found.tenant,
    template: found.template,
    subject: found.subject,
    tags: found.tags,
    metadata: found.metadata,
    recipients: found.recipients.map(({ address }) => address),
    eventIds,
    bouncesOf: (recipient) => bouncesIn(events, recipient),
  };
}

function bouncesIn(events: readonly MailEvent[], recipient: string): readonly BounceKind[] {
  return events.flatMap((event) =>
    event.type === 'bounced' && event.recipient === recipient ? [event.kind] : [],
  );
}
