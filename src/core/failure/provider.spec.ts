import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROVIDERS, providerOfHost } from './provider.js';

describe('providerOfHost', () => {
  it.each([
    ['smtp.gmail.com', 'gmail'],
    ['aspmx.l.google.com', 'gmail'],
    ['alt1.gmail-smtp-in.l.google.com.', 'gmail'],
    ['SMTP.Office365.COM', 'microsoft'],
    ['acme-test.mail.protection.outlook.com', 'microsoft'],
    ['acme-test.p-v1.mx.microsoft', 'microsoft'],
    ['mta5.am0.yahoodns.net', 'yahoo'],
    ['mx01.mail.icloud.com', 'apple'],
    ['email-smtp.eu-west-1.amazonaws.com', 'ses'],
    ['email-smtp-fips.us-gov-west-1.amazonaws.com', 'ses'],
    ['email.eu-central-1.amazonaws.com', 'ses'],
    ['inbound-smtp.us-east-1.amazonaws.com', 'ses'],
    ['smtp.sendgrid.net', 'sendgrid'],
    ['smtp.eu.mailgun.org', 'mailgun'],
    ['smtp.postmarkapp.com', 'postmark'],
    ['smtp.mandrillapp.com', 'mailchimp'],
    ['smtp.eu.sparkpostmail.com', 'sparkpost'],
    ['smtp-relay.brevo.com', 'brevo'],
    ['in-v3.mailjet.com', 'mailjet'],
    ['smtp.resend.com', 'resend'],
  ])('knows %s', (host, expected) => {
    expect(providerOfHost(host)).toBe(expected);
  });

  it.each([
    '',
    '.',
    'localhost',
    '192.0.2.1',
    'mx.acme.test',
    'notgmail.com',
    'gmail.com.evil.test',
    'smtp.gmail.com-evil.test',
    'ec2-192-0-2-1.eu-west-1.compute.amazonaws.com',
    'evil.email-smtp.eu-west-1.amazonaws.com.evil.test',
    `${'a.'.repeat(200)}gmail.com`,
  ])('does not take %j for a provider', (host) => {
    expect(providerOfHost(host)).toBeUndefined();
  });

  it('answers for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (host) => {
        expect([undefined, ...PROVIDERS]).toContain(providerOfHost(host));
      }),
    );
  });
});
