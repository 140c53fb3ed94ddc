import { RECIPIENT_STATES } from '../core/mail/delivery-report.js';
import type { MailId } from '../core/mail/mail-id.js';
import { kindOf } from '../core/kind-of.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import { MAIL_EVENT_TYPES } from '../events/mail-event.js';
import type { JournalStore } from './journal-store.js';
import {
  COUNTER_DIMENSIONS,
  MailJournal,
  type CounterQuery,
  type ErasedData,
  type EventCount,
  type FoundMail,
  type JournalPage,
  type JournalSearch,
  type MailReference,
  type MailTimeline,
} from './mail-journal.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;
const TEXTS = ['recipient', 'subject', 'tag', 'template', 'stream', 'tenant', 'cursor'] as const;
const REFERENCES = ['mailId', 'messageId', 'providerMessageId'] as const;

/** The journal of a relay over its store: it checks what is asked, and works the defaults in. */
export class StoredJournal extends MailJournal {
  readonly #store: JournalStore;

  constructor(store: JournalStore) {
    super();
    this.#store = store;
  }

  async timeline(mailId: MailId): Promise<MailTimeline | undefined> {
    checkText(mailId, 'mailId');
    return this.#store.timeline(mailId);
  }

  async search(query: JournalSearch = {}): Promise<JournalPage> {
    const { limit = DEFAULT_LIMIT, since, until, state } = query;
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      refuse('limit', `must be a whole number from 1 to ${MAX_LIMIT}`);
    }
    for (const name of TEXTS) if (query[name] !== undefined) checkText(query[name], name);
    checkOneOf(state === undefined ? [] : [state], RECIPIENT_STATES, 'state');
    return this.#store.search({
      ...query,
      limit,
      since: momentOf(since, 'since'),
      until: momentOf(until, 'until'),
    });
  }

  async counters(query: CounterQuery = {}): Promise<readonly EventCount[]> {
    const { type, by = ['type'], since, until, ...rest } = query;
    const types = type === undefined ? undefined : [type].flat();
    checkOneOf(types ?? [], MAIL_EVENT_TYPES, 'type');
    checkOneOf(by, COUNTER_DIMENSIONS, 'by');
    for (const name of ['stream', 'transport', 'domain'] as const) {
      if (rest[name] !== undefined) checkText(rest[name], name);
    }
    return this.#store.counters({
      ...rest,
      types,
      by,
      since: momentOf(since, 'since'),
      until: momentOf(until, 'until'),
    });
  }

  async find(reference: MailReference): Promise<FoundMail | undefined> {
    const given: Readonly<Record<string, unknown>> = { ...reference };
    const named = REFERENCES.filter((name) => given[name] !== undefined);
    if (named.length !== 1) {
      refuse('reference', `must name a mail by one of ${REFERENCES.join(', ')}, but names ${named.length}`);
    }
    for (const name of named) checkText(given[name], name);
    if (reference.recipient !== undefined) checkText(reference.recipient, 'recipient');
    return this.#store.find(reference);
  }

  async erase(address: string): Promise<ErasedData> {
    checkText(address, 'address');
    if (!address.includes('@')) refuse('address', 'must be a whole address');
    return this.#store.erase(address);
  }
}

function checkText(value: unknown, field: string): asserts value is string {
  if (typeof value !== 'string') refuse(field, `must be a string, but is ${kindOf(value)}`);
}

function checkOneOf(values: readonly string[], known: readonly string[], field: string): void {
  if (!Array.isArray(values) || values.some((value) => !known.includes(value))) {
    refuse(field, `must be of ${known.join(', ')}`);
  }
}

function momentOf(date: unknown, field: string): number | undefined {
  if (date === undefined) return undefined;
  if (date instanceof Date && !Number.isNaN(date.getTime())) return date.getTime();
  return refuse(field, `must be a Date, but is ${date instanceof Date ? 'an invalid one' : kindOf(date)}`);
}

function refuse(field: string, reason: string): never {
  throw new MailRelayError('ERR_MAIL_RELAY_JOURNAL', `The journal was asked wrongly: ${field} ${reason}.`, {
    field,
  });
}
