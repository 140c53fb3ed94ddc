/**
 * The mail providers that the classifier knows by name, because their texts and codes have meanings of their own.
 *
 * @publicApi
 */
export const PROVIDERS = [
  'gmail',
  'microsoft',
  'yahoo',
  'apple',
  'ses',
  'sendgrid',
  'mailgun',
  'postmark',
  'mailchimp',
  'sparkpost',
  'brevo',
  'mailjet',
  'resend',
] as const;

/** A provider whose own reply texts the classifier knows. @publicApi */
export type ProviderName = (typeof PROVIDERS)[number];

/** Whole labels at the end of a host name, and whose hosts carry them. */
const HOST_SUFFIXES: ReadonlyMap<string, ProviderName> = new Map<string, ProviderName>([
  ['gmail.com', 'gmail'],
  ['googlemail.com', 'gmail'],
  ['google.com', 'gmail'],
  ['outlook.com', 'microsoft'],
  ['office365.com', 'microsoft'],
  ['office365.us', 'microsoft'],
  ['hotmail.com', 'microsoft'],
  ['mx.microsoft', 'microsoft'],
  ['yahoodns.net', 'yahoo'],
  ['yahoo.com', 'yahoo'],
  ['yahoo.co.jp', 'yahoo'],
  ['aol.com', 'yahoo'],
  ['icloud.com', 'apple'],
  ['me.com', 'apple'],
  ['sendgrid.net', 'sendgrid'],
  ['sendgrid.com', 'sendgrid'],
  ['mailgun.org', 'mailgun'],
  ['mailgun.net', 'mailgun'],
  ['mailgun.com', 'mailgun'],
  ['postmarkapp.com', 'postmark'],
  ['mtasv.net', 'postmark'],
  ['mandrillapp.com', 'mailchimp'],
  ['sparkpostmail.com', 'sparkpost'],
  ['sparkpost.com', 'sparkpost'],
  ['brevo.com', 'brevo'],
  ['sendinblue.com', 'brevo'],
  ['mailjet.com', 'mailjet'],
  ['resend.com', 'resend'],
]);

/** Amazon's hosts carry the region between the service's name and the suffix. */
const SES_HOST =
  /^(?:email|inbound)(?:-smtp)?(?:-fips)?\.[a-z0-9-]{1,40}\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;

const MAX_HOST_CHARS = 255;

/**
 * Whose host this is, judged by the end of its name; undefined for hosts of nobody in {@link PROVIDERS}. An MX host's
 * name is enough: the owner of a domain cannot make somebody else's name lead to a server of theirs.
 *
 * @param host a host name, in any case, with or without the final dot
 * @publicApi
 */
export function providerOfHost(host: string): ProviderName | undefined {
  if (host.length > MAX_HOST_CHARS) return undefined;
  let suffix = host.toLowerCase();
  if (suffix.endsWith('.')) suffix = suffix.slice(0, -1);
  if (SES_HOST.test(suffix)) return 'ses';
  for (;;) {
    const provider = HOST_SUFFIXES.get(suffix);
    if (provider !== undefined) return provider;
    const dot = suffix.indexOf('.');
    if (dot === -1) return undefined;
    suffix = suffix.slice(dot + 1);
  }
}
