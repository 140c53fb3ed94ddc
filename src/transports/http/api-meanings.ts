import type { ApiMeaning } from './api-answer.js';

/**
 * What errors of mail APIs mean. The tables of the providers refer to these.
 *
 * @internal
 */
export const MEANING = {
  /** The key is wrong, missing, or may not send. */
  credentials: { class: 'our_account', stage: 'auth', code: 535, enhanced: '5.7.8' },
  /** Suspended, not paid, not approved yet, or without the domain that we name. */
  account: { class: 'our_account', stage: 'auth', code: 530, enhanced: '5.7.0' },
  /** The From domain or address is not verified with the provider. */
  identity: { class: 'our_account', stage: 'mail', code: 550, enhanced: '5.7.1', identity: true },
  /** Too many requests, or mails, in a span of time. */
  rate: { class: 'rate.account', stage: 'mail', code: 450, enhanced: '4.7.0' },
  /** The address cannot exist, or is known not to. */
  recipient: { class: 'hard.recipient', stage: 'rcpt', code: 550, enhanced: '5.1.1' },
  /** The provider does not mail this address for us: it bounced, complained or unsubscribed before. */
  suppressed: { class: 'recipient_policy', stage: 'rcpt', code: 550, enhanced: '5.7.1' },
  /** A field or the content is not as the API wants it. */
  message: { class: 'message', stage: 'eod', code: 554, enhanced: '5.6.0' },
  tooLarge: { class: 'message', stage: 'eod', code: 552, enhanced: '5.3.4' },
  /** Refused for what it says. */
  content: { class: 'message', stage: 'eod', code: 554, enhanced: '5.7.1' },
  /** The same mail is being taken at this moment, by a request before this one. */
  busy: { class: 'network', stage: 'eod', code: 451, enhanced: '4.3.2' },
  /** Maintenance, or trouble of the API's own. */
  trouble: { class: 'network', stage: 'eod', code: 451, enhanced: '4.3.0' },
  /** We speak another protocol than the API: a bug, or a new version of it. */
  protocol: { class: 'protocol', stage: 'eod', code: 500, enhanced: '5.5.0' },
} as const satisfies Readonly<Record<string, ApiMeaning>>;

/**
 * What a status says where the API's documentation knows no more. Gateways answer with 5xx of their own, so no such
 * status is ever final; nor is a 400 whose reason nobody documented.
 *
 * @see RFC 9110 §15
 * @internal
 */
export const STATUS_MEANING: ReadonlyMap<number, ApiMeaning> = new Map<number, ApiMeaning>([
  [400, { class: 'unknown.soft', stage: 'eod', code: 450, enhanced: '4.0.0' }],
  [401, MEANING.credentials],
  [402, MEANING.account],
  [403, MEANING.credentials],
  [404, MEANING.account],
  [405, MEANING.protocol],
  [406, MEANING.protocol],
  [409, MEANING.busy],
  [410, MEANING.account],
  [413, MEANING.tooLarge],
  [415, MEANING.protocol],
  // SparkPost's own, older than 429.
  [420, MEANING.rate],
  [422, { class: 'unknown.soft', stage: 'eod', code: 450, enhanced: '4.0.0' }],
  [429, MEANING.rate],
]);

/** A gateway gave up waiting for the API, which may go on nevertheless. @internal */
export const UNANSWERED_STATUSES: ReadonlySet<number> = new Set([504, 524]);

/** Refused before the request was looked at. @internal */
export const UNHEARD_STATUSES: ReadonlySet<number> = new Set([503]);
