import { setTimeout } from 'node:timers/promises';
import type { AddressRules } from '../../core/address/address-rules.js';
import type { Clock } from '../../core/schedule/clock.js';
import type { BounceKind, MailEvent } from '../../events/mail-event.js';
import type { MailEventPublisher } from '../../events/mail-event-bus.js';
import { readOutsideBounce } from '../../events/outside-bounce.js';
import { outsideEventId, unmatchedFactId } from '../../events/outside-event-id.js';
import type { RelayEvent } from '../../events/relay-event.js';
import { readFact, type FactFields } from './fact-fields.js';
import type { FactMail, MailFinder } from './mail-finder.js';
import type { FactReceipt, OutsideFact } from './outside-fact.js';

export interface FactIntakeOptions {
  readonly relay: string;
  readonly finder: MailFinder;
  readonly events: MailEventPublisher;
  readonly clock: Clock;
  readonly rules: AddressRules;
  /** How long to wait until a journal that is behind is asked again, and once more, milliseconds. @default it is not */
  readonly askAgainMs?: readonly number[] | undefined;
}

/** What happened this long ago may be about a mail that the journal does not know yet. */
const RECENT_MS = 10_000;

/** Facts of the last moments, which a journal may not know yet. */
const MAX_RECENT = 10_000;

/** Takes facts from outside: finds their mail, leaves out what is known, records and publishes the rest. */
export class FactIntake {
  readonly #o: FactIntakeOptions;
  readonly #recent = new Map<string, Promise<void>>();

  constructor(options: FactIntakeOptions) {
    this.#o = options;
  }

  async take(fact: OutsideFact): Promise<FactReceipt> {
    const { rules, clock } = this.#o;
    const fields = readFact(fact, rules, clock.now());
    const mail = await this.#find(fields);
    const place = mail === undefined ? -1 : placeOf(mail, fields.recipient);
    const recipient = mail?.recipients[place];
    if (!mail || recipient === undefined) return this.#unmatched(fields);
    const event = this.#eventOf(fields, mail, recipient, place);
    const receipt = { matched: true, mailId: mail.mailId, eventId: event.id };
    if (mail.eventIds.has(event.id) || isKnownBounce(event, mail)) return { ...receipt, duplicate: true };
    return { ...receipt, duplicate: !(await this.#record(event)) };
  }

  async #find({ reference, occurredAt }: FactFields): Promise<FactMail | undefined> {
    const { finder, clock, askAgainMs = [] } = this.#o;
    const mail = await finder.find(reference);
    if (mail || clock.now() - occurredAt.getTime() > RECENT_MS) return mail;
    for (const ms of askAgainMs) {
      await setTimeout(ms);
      const later = await finder.find(reference);
      if (later) return later;
    }
    return undefined;
  }

  async #unmatched(fields: FactFields): Promise<FactReceipt> {
    const { relay, clock } = this.#o;
    const { type, recipient, occurredAt, source } = fields;
    const reference = Object.values(fields.reference).join('');
    const event: RelayEvent = {
      type: 'unmatched',
      id: unmatchedFactId(type, reference, recipient, occurredAt),
      relay,
      told: type,
      reference,
      recipient,
      occurredAt,
      source,
      at: new Date(clock.now()),
    };
    return { matched: false, duplicate: !(await this.#record(event)), eventId: event.id };
  }

  /**
   * Rejects when it cannot be stored: whoever told is to tell it again.
   *
   * @returns false when it was recorded a moment ago
   */
  async #record(event: RelayEvent): Promise<boolean> {
    const before = this.#recent.get(event.id);
    if (before) {
      await before;
      return false;
    }
    const kept = this.#o.events.keep([event]);
    this.#recent.set(event.id, kept);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > MAX_RECENT && oldest !== undefined) this.#recent.delete(oldest);
    try {
      await kept;
    } catch (error) {
      this.#recent.delete(event.id);
      throw error;
    }
    return true;
  }

  #eventOf(fields: FactFields, mail: FactMail, recipient: string, place: number): MailEvent {
    const { type, occurredAt, source, reason, actor, url, feedback } = fields;
    const { mailId, messageId, stream, tenant, template, subject, tags, metadata, originalRecipients } = mail;
    const idOf = (kind?: BounceKind): string =>
      outsideEventId({ mailId, place, type, occurredAt, kind, url });
    const base = {
      id: idOf(),
      relay: this.#o.relay,
      mailId,
      messageId,
      stream,
      tenant,
      template,
      subject,
      tags,
      metadata,
      recipient,
      ...(originalRecipients && { originalRecipients }),
      at: new Date(this.#o.clock.now()),
      occurredAt,
      source,
    };
    switch (type) {
      case 'bounced': {
        const bounce = readOutsideBounce(fields.kind, reason);
        return { ...base, id: idOf(bounce.kind), type, attempt: 0, ...bounce };
      }
      case 'complained':
        return { ...base, type, reason, feedback };
      case 'opened':
        return { ...base, type, reason, actor };
      case 'clicked':
        return { ...base, type, reason, actor, url };
      case 'delivered':
      case 'unsubscribed':
      case 'autoreplied':
        return { ...base, type, reason };
      default: {
        const never: never = type;
        throw new TypeError(`unknown fact ${String(never)}`);
      }
    }
  }
}

/** -1 where it is not said, or not one of the mail's, whom the fact is about. */
function placeOf({ recipients }: FactMail, recipient: string | undefined): number {
  if (recipient === undefined) return recipients.length === 1 ? 0 : -1;
  const wanted = recipient.toLowerCase();
  return recipients.findIndex((address) => address !== '' && address.toLowerCase() === wanted);
}

/** Who bounced for good has no other bounce to come; a later word may only make a bounce graver. */
function isKnownBounce(event: MailEvent, mail: FactMail): boolean {
  if (event.type !== 'bounced') return false;
  const known = mail.bouncesOf(event.recipient);
  return known.length > 0 && (event.kind !== 'hard' || known.includes('hard'));
}
