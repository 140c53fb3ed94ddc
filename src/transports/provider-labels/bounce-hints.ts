import type { ProviderName } from '../../core/failure/provider.js';

const WEBHOOKS = 'by its webhooks';
const MAIL = 'as mail to the envelope sender';

/** What each provider calls itself, and how it tells of what happens after it took a mail. */
const HINTS: Readonly<Record<ProviderName, readonly [name: string, way: string]>> = {
  gmail: ['Google', MAIL],
  microsoft: ['Microsoft', MAIL],
  yahoo: ['Yahoo', MAIL],
  apple: ['Apple', MAIL],
  ses: [
    'Amazon SES',
    'through SNS or EventBridge, by a configuration set with an event destination; without one as mail to the envelope sender',
  ],
  sendgrid: ['SendGrid', 'by its Event Webhook'],
  mailgun: ['Mailgun', WEBHOOKS],
  postmark: ['Postmark', `${WEBHOOKS}, set per message stream`],
  mailchimp: ['Mailchimp Transactional', WEBHOOKS],
  sparkpost: ['SparkPost', WEBHOOKS],
  brevo: ['Brevo', `${WEBHOOKS} for transactional mail`],
  mailjet: ['Mailjet', 'by its Event API'],
  resend: ['Resend', WEBHOOKS],
};

/**
 * One line for the log at boot: how bounces and complaints come that arise after the provider took a mail.
 *
 * @param transport the transport's name
 * @internal
 */
export function bounceHint(transport: string, provider: ProviderName): string {
  const [name, way] = HINTS[provider];
  return `Transport "${transport}" sends through ${name}, which tells of later bounces and complaints ${way}.`;
}
