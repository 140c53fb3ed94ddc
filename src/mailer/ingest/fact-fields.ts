import { parseAddrSpec } from '../../core/address/address.js';
import type { AddressRules } from '../../core/address/address-rules.js';
import { cleanRemoteText } from '../../core/failure/smtp-reply.js';
import { kindOf } from '../../core/kind-of.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { ownFields } from '../../core/own-fields.js';
import {
  MAIL_ACTORS,
  OUTSIDE_EVENT_TYPES,
  type BounceKind,
  type MailActor,
  type OutsideEventType,
} from '../../events/mail-event.js';

/** A fact that was checked. */
export interface FactFields {
  readonly type: OutsideEventType | 'bounced';
  readonly reference:
    { readonly mailId: string } | { readonly messageId: string } | { readonly providerMessageId: string };
  readonly recipient?: string | undefined;
  readonly occurredAt: Date;
  readonly kind?: BounceKind | undefined;
  readonly reason?: string | undefined;
  readonly source?: string | undefined;
  readonly actor: MailActor;
  readonly url?: string | undefined;
  readonly feedback?: string | undefined;
}

const TYPES: readonly FactFields['type'][] = [...OUTSIDE_EVENT_TYPES, 'bounced'];
const KINDS: readonly BounceKind[] = ['hard', 'soft', 'block', 'undetermined'];
const REFERENCES = ['mailId', 'messageId', 'providerMessageId'] as const;
const KEYS = new Set<string>([
  'type',
  ...REFERENCES,
  'recipient',
  'occurredAt',
  'kind',
  'reason',
  'source',
  'actor',
  'url',
  'feedback',
]);
const MAX_REFERENCE_CHARS = 998;
const MAX_TEXT_CHARS = 1000;
const MAX_LABEL_CHARS = 100;
/** ISO 8601 with an offset: a local time would mean another moment on each machine. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/** @throws MailRelayError `ERR_MAIL_RELAY_FACT` or `ERR_MAIL_RELAY_ADDRESS` */
export function readFact(fact: unknown, rules: AddressRules, now: number): FactFields {
  if (typeof fact !== 'object' || fact === null || Array.isArray(fact)) {
    refuse('fact', 'be an object', `it is ${kindOf(fact)}: pass { type, messageId, recipient, occurredAt }`);
  }
  const given = ownFields(fact);
  const unknown = Object.keys(given).find((key) => !KEYS.has(key));
  if (unknown !== undefined) {
    refuse('fact', `have only the fields ${[...KEYS].join(', ')}`, 'it has another: remove it');
  }
  const type = oneOf(given['type'], 'type', TYPES);
  for (const [key, types] of [
    ['kind', ['bounced']],
    ['actor', ['opened', 'clicked']],
    ['url', ['clicked']],
    ['feedback', ['complained']],
  ] as const) {
    if (given[key] !== undefined && !(types as readonly string[]).includes(type)) {
      refuse(
        key,
        `be left out for ${type}`,
        `it belongs to ${types.join(' and ')}: remove it, or correct type`,
      );
    }
  }
  return {
    type,
    reference: readReference(given),
    recipient:
      given['recipient'] === undefined ? undefined : parseAddrSpec(given['recipient'], 'recipient', rules),
    occurredAt: readTime(given['occurredAt'], now),
    kind: given['kind'] === undefined ? undefined : oneOf(given['kind'], 'kind', KINDS),
    reason: readText(given['reason'], 'reason', MAX_TEXT_CHARS),
    source: readText(given['source'], 'source', MAX_LABEL_CHARS),
    actor: given['actor'] === undefined ? 'unknown' : oneOf(given['actor'], 'actor', MAIL_ACTORS),
    url: readText(given['url'], 'url', MAX_TEXT_CHARS),
    feedback: readText(given['feedback'], 'feedback', MAX_LABEL_CHARS),
  };
}

function readReference(given: Readonly<Record<string, unknown>>): FactFields['reference'] {
  const named = REFERENCES.filter((key) => given[key] !== undefined);
  const [name] = named;
  if (name === undefined || named.length > 1) {
    refuse(
      'fact',
      `name its mail by exactly one of ${REFERENCES.join(', ')}`,
      `it has ${named.length} of them`,
    );
  }
  const value = given[name];
  if (typeof value !== 'string' || value.trim() === '' || value.length > MAX_REFERENCE_CHARS) {
    refuse(
      name,
      `be text of at most ${MAX_REFERENCE_CHARS} characters`,
      `it is ${kindOf(value)}, empty or longer`,
    );
  }
  const text = value.trim();
  if (name === 'mailId') return { mailId: text };
  if (name === 'providerMessageId') return { providerMessageId: text };
  return { messageId: text.startsWith('<') ? text : `<${text}>` };
}

function readTime(value: unknown, now: number): Date {
  const ms =
    value instanceof Date
      ? value.getTime()
      : typeof value === 'string' && ISO_TIME.test(value)
        ? Date.parse(value)
        : NaN;
  if (Number.isNaN(ms)) {
    refuse(
      'occurredAt',
      'be a Date or an ISO 8601 string with offset',
      `it is ${kindOf(value)} of another form`,
    );
  }
  // Clocks differ; nothing has happened yet that is still to come.
  return new Date(Math.min(ms, now));
}

function readText(value: unknown, field: string, maxChars: number): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') refuse(field, 'be text', `it is ${kindOf(value)}`);
  return cleanRemoteText(value).slice(0, maxChars) || undefined;
}

function oneOf<T extends string>(value: unknown, field: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  return refuse(
    field,
    `be one of ${known.join(', ')}`,
    `it is ${kindOf(value)}: translate the teller's own word`,
  );
}

function refuse(field: string, asked: string, reason: string): never {
  throw new MailRelayError(
    'ERR_MAIL_RELAY_FACT',
    `${field} must ${asked}, but ${reason}. Nothing was recorded.`,
    {
      field,
    },
  );
}
