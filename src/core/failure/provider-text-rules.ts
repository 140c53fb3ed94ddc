import type { ProviderName } from './provider.js';
import type { TextRule } from './text-rule.js';

/**
 * Rules that hold only when the peer is the provider; they come before everything but the stage. Sources are the
 * providers' own pages about their SMTP replies.
 *
 * Within a provider the first rule that holds decides.
 *
 * @internal
 */
export const PROVIDER_TEXT_RULES: Readonly<Partial<Record<ProviderName, readonly TextRule[]>>> = {
  gmail: [
    { class: 'rate.recipient', pattern: /receiving e?mail (?:too quickly|at a rate)/i },
    { class: 'rate.account', pattern: /limit exceeded for this customer|user sending limit exceeded/i },
    { class: 'tls', pattern: /TLS required for RCPT|sent over a TLS connection/i },
    // Gmail's own meanings: 27 is SPF, 29 is TLS, 30 is DKIM, 32 is alignment, 40 is DMARC.
    { class: 'tls', codes: [[7, 29, 29]] },
    {
      class: 'policy.auth',
      codes: [
        [7, 26, 27],
        [7, 30, 30],
        [7, 32, 32],
        [7, 40, 40],
      ],
    },
    { class: 'block.reputation', pattern: /low reputation of the sending|PTR record/i },
    { class: 'rate.destination', pattern: /unusual rate of|temporarily rate limited/i },
    { class: 'our_account', pattern: /relay denied|invalid credentials for relay/i },
    { class: 'recipient_policy', pattern: /has a policy that prohibits/i },
    { class: 'message', pattern: /likely unsolicited|potential security issue|message-id: header/i },
    {
      class: 'hard.recipient',
      pattern: /account that you tried to reach (?:does not exist|is (?:inactive|disabled))/i,
      severity: 'hard',
      stages: ['rcpt'],
      suppress: 'now',
    },
  ],
  microsoft: [
    { class: 'rate.recipient', pattern: /recipient thread limit exceeded/i },
    { class: 'rate.recipient', codes: [[2, 121, 122]] },
    { class: 'rate.account', pattern: /submission quota exceeded|daily limit for message recipients/i },
    {
      class: 'rate.account',
      codes: [
        [1, 90, 90],
        [7, 705, 708],
      ],
    },
    {
      class: 'our_account',
      codes: [
        [2, 252, 252],
        [7, 60, 60],
      ],
      identity: true,
    },
    {
      class: 'our_account',
      codes: [
        [7, 57, 57],
        [7, 64, 64],
        [7, 139, 139],
      ],
    },
    {
      class: 'policy.auth',
      codes: [
        [7, 509, 509],
        [7, 515, 515],
      ],
    },
    { class: 'rate.destination', codes: [[7, 500, 699]], severity: 'soft' },
    { class: 'rate.destination', pattern: /\bRP-00\d|number of concurrent connections/i, severity: 'soft' },
    {
      class: 'block.reputation',
      codes: [
        [7, 511, 511],
        [7, 606, 649],
      ],
    },
    { class: 'block.reputation', pattern: /\bSC-00\d|on our block list|banned sending IP/i },
    // Microsoft's 5.1.10 is an unknown recipient, not a null MX.
    { class: 'hard.recipient', codes: [[1, 10, 10]], severity: 'hard', stages: ['rcpt'], suppress: 'now' },
    {
      class: 'hard.recipient',
      codes: [[4, 1, 1]],
      pattern: /recipient address rejected/i,
      severity: 'hard',
      stages: ['rcpt'],
    },
    {
      class: 'hard.recipient',
      codes: [[5, 0, 0]],
      pattern: /mailbox unavailable/i,
      severity: 'hard',
      stages: ['rcpt'],
    },
  ],
  yahoo: [
    { class: 'block.reputation', pattern: /\[(?:TS03|BL\d\d)\]/ },
    { class: 'rate.destination', pattern: /\[TSS?\d\d\]/ },
    { class: 'policy.auth', codes: [[7, 9, 9]] },
    { class: 'message', pattern: /\[PH\d\d\]/ },
    {
      class: 'hard.recipient',
      pattern: /user doesn't have a \S{1,64} account/i,
      severity: 'hard',
      suppress: 'now',
    },
    { class: 'hard.recipient', pattern: /mailbox is disabled|\(554\.30\)/i, severity: 'hard' },
  ],
  ses: [
    { class: 'rate.account', pattern: /throttling failure|sending rate exceeded|message quota exceeded/i },
    { class: 'our_account', pattern: /address is not verified|identities failed the check/i, identity: true },
    { class: 'rate.destination', pattern: /too many concurrent smtp connections/i },
  ],
  sendgrid: [
    {
      class: 'our_account',
      pattern: /not authorized to send from|not match a verified sender identity/i,
      identity: true,
    },
    { class: 'rate.account', pattern: /maximum credits exceeded/i },
  ],
};
