import type { Clock } from '../core/schedule/clock.js';
import type { MailBounced, MailComplained, MailFailed, MailUnsubscribed } from '../events/mail-event.js';
import type { RelayEvent, RelayEventType } from '../events/relay-event.js';
import type { SuppressionStore } from './suppression-store.js';
import type { SuppressionSubjects } from './suppression-subjects.js';
import type { SuppressionReason, SuppressionScope } from './suppression.js';

/** How facts become entries. */
export interface FeederRules {
  /** What a complaint stops. */
  readonly complaints: 'marketing' | 'all';
  /** So many soft bounces within the time suppress an address. */
  readonly maxSoftBounces: number;
  readonly softBounceMs: number;
}

export interface SuppressionFeederOptions {
  readonly store: SuppressionStore;
  readonly subjects: SuppressionSubjects;
  readonly rules: FeederRules;
  readonly clock: Clock;
}

/** The types of events that change the list. */
export const FEEDING_TYPES = [
  'bounced',
  'failed',
  'complained',
  'unsubscribed',
  'delivered',
] as const satisfies readonly RelayEventType[];

const DAY_MS = 86_400_000;
/** A closed mailbox is rarely opened again: the second time is enough. */
const MAX_CLOSED_BOUNCES = 2;
/** A domain that does not exist today may be registered, or mended, later. */
const NO_DOMAIN_MS = 30 * DAY_MS;
/** Full mailboxes are emptied some day. */
const SOFT_MS = 90 * DAY_MS;

/**
 * What a `Feedback-Type` says where it is no complaint. Every other, unknown ones too, is one: who tells of a complaint
 * is believed. `opt-out` and `opt-out-list` stood in drafts of RFC 5965 and are still sent.
 *
 * @see RFC 5965 §7.3, RFC 6430 (`not-spam`), RFC 6591 (`auth-failure`)
 */
const NO_COMPLAINTS: ReadonlyMap<string, 'unsubscribe' | 'nothing'> = new Map([
  ['not-spam', 'nothing'],
  // About our DKIM, SPF or DMARC; the recipient did not ask for anything.
  ['auth-failure', 'nothing'],
  ['opt-out', 'unsubscribe'],
  ['opt-out-list', 'unsubscribe'],
]);

/**
 * Fills the suppression list from what became of mails. What a failure means for an address was decided where its reply
 * was understood: a 5yz by itself, a block, a filter and our own faults suppress nobody. Doing the same event twice is
 * doing it once.
 */
export class SuppressionFeeder {
  readonly #o: SuppressionFeederOptions;

  constructor(options: SuppressionFeederOptions) {
    this.#o = options;
  }

  async handle(event: RelayEvent): Promise<void> {
    switch (event.type) {
      case 'bounced':
        return this.#bounced(event);
      case 'failed':
        return this.#failed(event);
      case 'complained':
        return this.#complained(event);
      case 'unsubscribed':
        return this.#unsubscribed(event);
      case 'delivered':
        // Told late, it says nothing of the bounces that came after it.
        return this.#o.store.clearMarks(
          event.tenant,
          this.#o.subjects.namesOf(event.recipient),
          event.occurredAt.getTime(),
        );
      default:
        return undefined;
    }
  }

  async #bounced(event: MailBounced): Promise<void> {
    const { failure, suppress } = event;
    // Whoever made the failure, only one that is about the recipient can say something of its address.
    if (failure.scope !== 'recipient') return;
    if (suppress === 'now') {
      const lasts = failure.class === 'hard.domain' ? NO_DOMAIN_MS : undefined;
      return this.#put(event, 'all', 'hard-bounce', lasts);
    }
    if (suppress === 'no') return;
    const { maxSoftBounces } = this.#o.rules;
    const isClosed = failure.class === 'hard.recipient';
    const most = isClosed ? Math.min(MAX_CLOSED_BOUNCES, maxSoftBounces) : maxSoftBounces;
    await this.#count(event, event.id, (event.occurredAt ?? event.at).getTime(), most);
  }

  /** A mailbox that was full until the mail expired; whatever else a mail fails for says nothing of the address. */
  async #failed(event: MailFailed): Promise<void> {
    const { failure, at } = event;
    if (failure.class !== 'expired' || failure.suppress !== 'count') return;
    // Mails may expire within minutes. Several passwords asked for while the mailbox is full are one sign, not many.
    const day = Math.floor(at.getTime() / DAY_MS);
    await this.#count(event, `expired.${day}`, at.getTime(), this.#o.rules.maxSoftBounces);
  }

  async #complained(event: MailComplained): Promise<void> {
    const said = NO_COMPLAINTS.get(event.feedback?.trim().toLowerCase() ?? '') ?? 'complaint';
    switch (said) {
      case 'nothing':
        return undefined;
      case 'unsubscribe':
        return this.#unsubscribed(event);
      case 'complaint':
        return this.#put(event, this.#o.rules.complaints, 'complaint');
      default: {
        const never: never = said;
        return never;
      }
    }
  }

  async #unsubscribed(event: MailComplained | MailUnsubscribed): Promise<void> {
    await this.#put(event, `stream:${event.stream}`, 'unsubscribe');
  }

  /**
   * @param sign what counts once
   * @param most so many suppress the address
   */
  async #count(event: MailBounced | MailFailed, sign: string, at: number, most: number): Promise<void> {
    const { store, subjects, rules, clock } = this.#o;
    const count = await store.mark({
      tenant: event.tenant,
      subject: subjects.ofAddress(event.recipient),
      eventId: sign,
      at,
      since: clock.now() - rules.softBounceMs,
    });
    if (count >= most) await this.#put(event, 'all', 'soft-bounces', SOFT_MS);
  }

  async #put(
    event: { readonly id: string; readonly tenant: string; readonly recipient: string; readonly at: Date },
    scope: SuppressionScope,
    reason: SuppressionReason,
    lastsMs?: number,
  ): Promise<void> {
    const { store, subjects, clock } = this.#o;
    const at = event.at.getTime();
    const now = clock.now();
    const expiresAt = lastsMs === undefined ? undefined : at + lastsMs;
    // Told so late that it is over already.
    if (expiresAt !== undefined && expiresAt <= now) return;
    const entry = {
      tenant: event.tenant,
      subject: subjects.ofAddress(event.recipient),
      scope,
      reason,
      source: event.id,
      createdAt: at,
      seenAt: at,
      ...(expiresAt !== undefined && { expiresAt }),
    };
    await store.put([entry], now);
  }
}
