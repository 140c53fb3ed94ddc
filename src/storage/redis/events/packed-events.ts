import { EVENT_MOMENTS } from '../../../events/log/event-json.js';
import type { RelayEvent } from '../../../events/relay-event.js';

/**
 * The names of fields by a letter or two each; entries outlive versions, so that a letter is never used again. A name
 * that is not here is stored as it is: none of them is that short.
 */
const LETTERS: Readonly<Record<string, string>> = {
  type: 't',
  id: 'i',
  relay: 'r',
  mailId: 'm',
  messageId: 'g',
  stream: 's',
  tenant: 'n',
  template: 'c',
  subject: 'j',
  tags: 'l',
  metadata: 'd',
  recipient: 'o',
  originalRecipients: 'oo',
  at: 'a',
  dueAt: 'u',
  attempt: 'k',
  transport: 'p',
  reply: 'y',
  providerMessageId: 'v',
  failure: 'f',
  nextAttemptAt: 'w',
  reason: 'z',
  traceparent: 'tp',
};
const NAMES = new Map(Object.entries(LETTERS).map(([name, letter]) => [letter, name]));
const MOMENTS: ReadonlySet<string> = new Set(EVENT_MOMENTS);

type Packed = Readonly<Record<string, unknown>>;

/**
 * The events of one step as one text: what they have in common once, then what each has of its own. A step has events,
 * or there is nothing to pack.
 */
export function packEvents(events: readonly RelayEvent[]): string {
  const [first, ...others] = events.map(packEvent);
  if (!first || others.length === 0) return JSON.stringify(first ? [first] : []);
  const common: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(first)) {
    if (others.every((other) => isSame(other[name], value))) common[name] = value;
  }
  const own = [first, ...others].map((packed) =>
    Object.fromEntries(Object.entries(packed).filter(([name]) => !(name in common))),
  );
  return JSON.stringify([common, ...own]);
}

/** The events that {@link packEvents} packed; none of a text that is not of its making. */
export function unpackEvents(text: string): readonly RelayEvent[] {
  const list = parseList(text);
  const [common, ...own] = list;
  if (own.length === 0) return list.map(unpackEvent);
  return own.map((packed) => unpackEvent({ ...common, ...packed }));
}

function packEvent(event: RelayEvent): Packed {
  const packed: Record<string, unknown> = {};
  const at = event.at.getTime();
  // Every event of every mail comes here.
  const fields = event as unknown as Packed;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value === undefined || isUsual(name, value)) continue;
    packed[LETTERS[name] ?? name] = packValue(event, at, name, value);
  }
  return packed;
}

function packValue(event: RelayEvent, at: number, name: string, value: unknown): unknown {
  if (name === 'at') return at;
  if (MOMENTS.has(name) && value instanceof Date) return value.getTime() - at;
  if (!('mailId' in event)) return value;
  if (name === 'id') return packId(event);
  if (name === 'messageId' && isOwnMessageId(event.messageId, event.mailId)) {
    return event.messageId.slice(event.mailId.length + 1, -1);
  }
  return value;
}

function unpackEvent(packed: Packed): RelayEvent {
  const isAboutMail = 'm' in packed;
  const event: Record<string, unknown> = isAboutMail
    ? { relay: 'default', tenant: '', tags: [], metadata: {} }
    : { relay: 'default' };
  const at = Number(packed['a']);
  for (const [letter, value] of Object.entries(packed)) {
    const name = NAMES.get(letter) ?? letter;
    if (name === 'at') event[name] = new Date(at);
    else event[name] = MOMENTS.has(name) && typeof value === 'number' ? new Date(at + value) : value;
  }
  // Only this package writes such an entry, and it was an event then.
  const made = event as unknown as MadeOf;
  if (isAboutMail) {
    event['id'] = unpackId(made);
    const { messageId } = event;
    if (typeof messageId === 'string' && messageId.startsWith('@')) {
      event['messageId'] = `<${made.mailId}${messageId}>`;
    }
  }
  return event as unknown as RelayEvent;
}

/** What the id of an event of our own work is made of. */
interface MadeOf {
  readonly id: string;
  readonly mailId: string;
  readonly type: string;
  readonly attempt?: number | undefined;
}

/** An id without what the event tells anyway; it begins with a point then. */
function packId(event: MadeOf): string {
  const [begin, end] = [event.mailId, endOfId(event)];
  const isOwn = event.id.startsWith(`${begin}.`) && event.id.endsWith(end);
  return isOwn && event.id.length > begin.length + end.length
    ? event.id.slice(begin.length, -end.length)
    : event.id;
}

function unpackId(event: MadeOf): string {
  return event.id.startsWith('.') ? event.mailId + event.id + endOfId(event) : event.id;
}

function endOfId({ attempt = 0, type }: MadeOf): string {
  return `.${attempt}.${type}`;
}

function isOwnMessageId(messageId: string, mailId: string): boolean {
  return messageId.startsWith(`<${mailId}@`) && messageId.endsWith('>');
}

/** What most mails have is left out. */
function isUsual(name: string, value: unknown): boolean {
  switch (name) {
    case 'relay':
      return value === 'default';
    case 'tenant':
      return value === '';
    case 'tags':
      return Array.isArray(value) && value.length === 0;
    case 'metadata':
      return Object.keys(value as object).length === 0;
    default:
      return false;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

function parseList(text: string): readonly Packed[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? (value as Packed[]) : [];
  } catch {
    return [];
  }
}
