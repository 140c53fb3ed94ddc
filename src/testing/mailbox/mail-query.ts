/**
 * Which mails are meant; every key that is given must match. A string is compared as a whole, a pattern is found anywhere.
 *
 * @publicApi
 */
export interface MailQuery {
  /** One of the envelope's recipients, letter case ignored. */
  readonly to?: string | RegExp | undefined;
  /** The address in the From header, letter case ignored. */
  readonly from?: string | RegExp | undefined;
  readonly subject?: string | RegExp | undefined;
  /** The template's name in the draft. */
  readonly template?: string | undefined;
  readonly stream?: string | undefined;
  readonly tenant?: string | undefined;
  readonly tag?: string | undefined;
  /** Found in the text part, or in the html part where there is no text; a string anywhere in it. */
  readonly text?: string | RegExp | undefined;
  /** The relay's name. */
  readonly relay?: string | undefined;
  /** The transport's name. */
  readonly transport?: string | undefined;
}

/** What of a mail a query looks at. @internal `SentMail` is what tests see */
export interface QueriedMail {
  readonly recipients: readonly string[];
  readonly from: string;
  readonly subject: string;
  readonly template?: string | undefined;
  readonly stream: string;
  readonly tenant: string;
  readonly tags: readonly string[];
  readonly body: string;
  readonly relay: string;
  readonly transport: string;
}

const KEYS: readonly (keyof MailQuery)[] = [
  'to',
  'from',
  'subject',
  'template',
  'stream',
  'tenant',
  'tag',
  'text',
  'relay',
  'transport',
];

/** @throws TypeError for a key that does not exist: a typing error must not match every mail */
export function checkQuery(query: MailQuery): void {
  const unknown = Object.keys(query).find((key) => !KEYS.some((one) => one === key));
  if (unknown === undefined) return;
  throw new TypeError(`A mail query has no "${unknown}". It may have: ${KEYS.join(', ')}.`);
}

export function matchesQuery(mail: QueriedMail, query: MailQuery): boolean {
  const { to, from, subject, text } = query;
  return (
    (to === undefined || mail.recipients.some((address) => sameAddress(to, address))) &&
    (from === undefined || sameAddress(from, mail.from)) &&
    (subject === undefined ||
      (typeof subject === 'string' ? subject === mail.subject : finds(subject, mail.subject))) &&
    (text === undefined || (typeof text === 'string' ? mail.body.includes(text) : finds(text, mail.body))) &&
    same(query.template, mail.template) &&
    same(query.stream, mail.stream) &&
    same(query.tenant, mail.tenant) &&
    same(query.relay, mail.relay) &&
    same(query.transport, mail.transport) &&
    (query.tag === undefined || mail.tags.includes(query.tag))
  );
}

/** Whether a query's `to` means this recipient; true where it names none. */
export function meansRecipient({ to }: MailQuery, address: string): boolean {
  return to === undefined || sameAddress(to, address);
}

/** A query as people read it in a message. */
export function describeQuery(query: MailQuery): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${value instanceof RegExp ? String(value) : JSON.stringify(value)}`);
  return parts.length === 0 ? 'any mail' : `a mail with ${parts.join(', ')}`;
}

function same(wanted: string | undefined, actual: string | undefined): boolean {
  return wanted === undefined || wanted === actual;
}

function sameAddress(wanted: string | RegExp, actual: string): boolean {
  return typeof wanted === 'string' ? wanted.toLowerCase() === actual.toLowerCase() : finds(wanted, actual);
}

/** A pattern with the flag `g` or `y` keeps its place between calls; each question starts afresh. */
function finds(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text);
}
