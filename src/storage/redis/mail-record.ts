import { RECIPIENT_STATES, type RecipientState } from '../../core/mail/delivery-report.js';
import type { Mail } from '../../core/mail/mail.js';
import type { SpooledRecipient } from '../../spool/spooled-mail.js';

/** What of a mail is kept elsewhere in its record. */
export interface RecordPlace {
  readonly id: string;
  readonly lane: string;
  readonly stream: string;
}

/** Thrown for a record that is none: damaged, or written by something else. */
export class UnreadableRecord extends Error {
  override readonly name = 'UnreadableRecord';
}

/** What is 0 in a packed mail can be worked out from what surrounds it. */
type PackedMail = readonly [
  relay: string,
  messageId: string | 0,
  tenant: string,
  from: string,
  to: readonly string[] | 0,
  fromDomain: string,
  tags: readonly string[] | 0,
  metadata: Readonly<Record<string, string>> | 0,
  createdAt: number,
  dueAt: number,
  expiresAt: number,
  smtpUtf8: 0 | 1,
  sizeBytes: number,
  rest?: Partial<Mail>,
];

type PackedRecipient = readonly [
  address: string,
  state: string,
  dueAt?: number | null,
  rest?: Partial<SpooledRecipient>,
];

/** The states by one letter each; records outlive versions, so that a letter is never used again. */
const LETTERS: Readonly<Record<RecipientState, string>> = {
  queued: 'q',
  held: 'h',
  deferred: 'd',
  sent: 's',
  bounced: 'b',
  failed: 'f',
  suppressed: 'p',
  uncertain: 'u',
  cancelled: 'c',
};
const STATES = new Map(RECIPIENT_STATES.map((state) => [LETTERS[state], state]));

/** A mail as text, without what its place says: about a third of it as an object. */
export function packMail(mail: Mail, recipients: readonly SpooledRecipient[]): string {
  const {
    id,
    lane: _lane,
    stream: _stream,
    relay,
    messageId,
    tenant,
    envelope,
    fromDomain,
    ...others
  } = mail;
  const { tags, metadata, createdAt, dueAt, expiresAt, smtpUtf8, sizeBytes, ...rest } = others;
  const packed: readonly [...PackedMail] = [
    relay,
    messageId === defaultMessageId(id, fromDomain) ? 0 : messageId,
    tenant,
    envelope.from,
    isSame(envelope.to, recipients) ? 0 : envelope.to,
    fromDomain,
    tags.length > 0 ? tags : 0,
    isEmpty(metadata) ? 0 : metadata,
    createdAt,
    dueAt,
    expiresAt,
    smtpUtf8 ? 1 : 0,
    sizeBytes,
  ];
  return JSON.stringify(isEmpty(rest) ? packed : [...packed, rest]);
}

/** @throws UnreadableRecord */
export function unpackMail(
  text: string,
  { id, lane, stream }: RecordPlace,
  recipients: readonly SpooledRecipient[],
): Mail {
  const packed = parseList(text) as unknown as PackedMail;
  const [relay, messageId, tenant, from, to, fromDomain, tags, metadata] = packed;
  const [, , , , , , , , createdAt, dueAt, expiresAt, smtpUtf8, sizeBytes, rest] = packed;
  if (packed.length < 13 || typeof fromDomain !== 'string' || typeof sizeBytes !== 'number') {
    throw new UnreadableRecord('the record of a mail is not one');
  }
  return {
    id,
    relay,
    messageId: messageId === 0 ? defaultMessageId(id, fromDomain) : messageId,
    stream,
    lane,
    tenant,
    envelope: { from, to: to === 0 ? recipients.map(({ address }) => address) : to },
    fromDomain,
    tags: tags === 0 ? [] : tags,
    metadata: metadata === 0 ? {} : metadata,
    createdAt,
    dueAt,
    expiresAt,
    smtpUtf8: smtpUtf8 === 1,
    sizeBytes,
    ...rest,
  };
}

export function packRecipients(recipients: readonly SpooledRecipient[]): string {
  return JSON.stringify(recipients.map(packRecipient));
}

/** @throws UnreadableRecord */
export function unpackRecipients(text: string): readonly SpooledRecipient[] {
  return parseList(text).map((one) => {
    const [address, letter, dueAt = null, rest] = one as PackedRecipient;
    const state = STATES.get(letter);
    if (typeof address !== 'string' || !state) throw new UnreadableRecord('a recipient of a mail is not one');
    return { address, state, ...(dueAt !== null && { dueAt }), ...rest };
  });
}

function packRecipient({ address, state, dueAt, ...rest }: SpooledRecipient): PackedRecipient {
  const letter = LETTERS[state];
  if (!isEmpty(rest)) return [address, letter, dueAt ?? null, rest];
  return dueAt === undefined ? [address, letter] : [address, letter, dueAt];
}

function parseList(text: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UnreadableRecord('a record is not JSON', { cause });
  }
  if (!Array.isArray(value)) throw new UnreadableRecord('a record is not a list');
  return value;
}

function defaultMessageId(id: string, fromDomain: string): string {
  return `<${id}@${fromDomain}>`;
}

function isSame(to: readonly string[], recipients: readonly SpooledRecipient[]): boolean {
  return to.length === recipients.length && to.every((address, i) => recipients[i]?.address === address);
}

/** True when no field has a value that JSON keeps. */
function isEmpty(fields: object): boolean {
  return Object.values(fields).every((value) => value === undefined);
}
