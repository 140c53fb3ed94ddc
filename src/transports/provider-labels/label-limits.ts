import type { LabelProvider } from './label-provider.js';
import type { ToldLabels } from './told-labels.js';

/**
 * What a provider takes. Whatever goes beyond is refused before the mail leaves: the providers cut it, or drop it
 * without a word.
 *
 * @internal
 */
export interface LabelLimits {
  readonly maxTags: number;
  /** What a tag has to look like. */
  readonly tag: RegExp;
  readonly maxEntries: number;
  readonly key: RegExp;
  readonly value: RegExp;
  /** Octets of the metadata as JSON, in ASCII. */
  readonly maxOctets: number;
  /** Keys that differ only in case are one. */
  readonly foldsKeys?: boolean;
}

const ANY_TAG = /^[\w.:-]{1,64}$/;
const ANY_LINE = /^[^\p{Cc}\p{Cs}\u2028\u2029]*$/u;
/** A key that may stand as a name in JSON, in a form and in a query alike. */
const PLAIN_KEY = /^[\w.:-]{1,128}$/;
const MAX_OCTETS = 16_000;

/**
 * A list of name and value pairs: our tags stand in it as `tag_1`, `tag_2` …, so these names are theirs.
 */
const PAIRS: LabelLimits = {
  maxTags: 20,
  tag: /^[\w-]{1,64}$/,
  maxEntries: 51,
  key: /^(?!tag_\d+$)[\w-]{1,256}$/,
  value: /^[\w-]{1,256}$/,
  maxOctets: MAX_OCTETS,
};

const NOTHING: LabelLimits = {
  maxTags: 0,
  tag: ANY_TAG,
  maxEntries: 0,
  key: PLAIN_KEY,
  value: ANY_LINE,
  maxOctets: MAX_OCTETS,
};

/** Transactional: at most 50 characters a tag, none with a leading underscore, and 250 octets of metadata. */
const MAILCHIMP: LabelLimits = {
  maxTags: 20,
  tag: /^(?!_)[\w.:-]{1,50}$/,
  maxEntries: 51,
  key: /^(?!_)\w{1,128}$/,
  value: ANY_LINE,
  maxOctets: 250,
};

const MAILGUN: LabelLimits = {
  // The manual says 3, the help centre 10, and what is above is dropped.
  maxTags: 3,
  tag: ANY_TAG,
  maxEntries: 51,
  key: PLAIN_KEY,
  value: ANY_LINE,
  maxOctets: MAX_OCTETS,
};

const SPARKPOST: LabelLimits = {
  maxTags: 10,
  tag: ANY_TAG,
  maxEntries: 51,
  key: PLAIN_KEY,
  value: ANY_LINE,
  // More is missing in the events of opens and clicks.
  maxOctets: 1000,
};

const POSTMARK: LabelLimits = {
  maxTags: 1,
  tag: ANY_TAG,
  maxEntries: 10,
  key: /^[\w-]{1,20}$/,
  value: /^[^\p{Cc}\p{Cs}\u2028\u2029]{0,80}$/u,
  maxOctets: MAX_OCTETS,
  foldsKeys: true,
};

const SENDGRID: LabelLimits = {
  maxTags: 10,
  tag: ANY_TAG,
  maxEntries: 51,
  key: PLAIN_KEY,
  value: ANY_LINE,
  maxOctets: 9_900,
};

const BREVO: LabelLimits = {
  maxTags: 20,
  tag: ANY_TAG,
  maxEntries: 51,
  key: PLAIN_KEY,
  value: ANY_LINE,
  maxOctets: MAX_OCTETS,
};

/**
 * By provider, over its API and over SMTP.
 *
 * Sources: API reference of SES (MessageTag); Mailchimp Transactional, *Using SMTP Headers to Customize Your Messages*
 * and *Using Custom Message Metadata*; Mailgun, *Tags*; SparkPost, *SMTP API*; Postmark, *Custom metadata FAQ*;
 * SendGrid, *Mail Send* and *X-SMTPAPI*; Resend, *Tags*; Brevo, *Send a transactional email*.
 *
 * @internal
 */
export const LABEL_LIMITS: Readonly<
  Record<LabelProvider, { readonly api: LabelLimits; readonly smtp: LabelLimits }>
> = {
  ses: { api: PAIRS, smtp: PAIRS },
  mailchimp: { api: MAILCHIMP, smtp: MAILCHIMP },
  mailgun: { api: MAILGUN, smtp: MAILGUN },
  sparkpost: { api: SPARKPOST, smtp: SPARKPOST },
  postmark: {
    api: POSTMARK,
    // Header fields of their own, and nobody says how other characters would have to be written.
    smtp: { ...POSTMARK, value: /^[\x21-\x7e](?:[\x20-\x7e]{0,78}[\x21-\x7e])?$/ },
  },
  sendgrid: { api: SENDGRID, smtp: SENDGRID },
  // Over SMTP it knows no field for either.
  resend: { api: PAIRS, smtp: NOTHING },
  brevo: { api: BREVO, smtp: { ...BREVO, maxTags: 1 } },
};

/**
 * Whether a provider takes these labels.
 *
 * @returns the code of the error, as `classifyFailure()` knows it
 * @internal
 */
export function labelProblem(limits: LabelLimits, labels: ToldLabels): 'ETAGS' | 'EMETADATA' | undefined {
  const { tags, metadata } = labels;
  if (tags.length > limits.maxTags || !tags.every((tag) => limits.tag.test(tag))) return 'ETAGS';
  const keys = metadata.map(([key]) => (limits.foldsKeys === true ? key.toLowerCase() : key));
  const isTaken =
    metadata.length <= limits.maxEntries &&
    new Set(keys).size === keys.length &&
    metadata.every(([key, value]) => limits.key.test(key) && limits.value.test(value)) &&
    asciiJson(Object.fromEntries(metadata)).length <= limits.maxOctets;
  return isTaken ? undefined : 'EMETADATA';
}

/**
 * JSON in ASCII, with a space after each comma and colon, where a header line may be broken.
 *
 * @internal
 */
export function asciiJson(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(value, undefined, 1)
    .replace(/\n */g, ' ')
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
