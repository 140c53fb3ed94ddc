import type { SmtpStage } from './delivery-failure.js';
import type { TextRule } from './text-rule.js';

const ABOUT_RECIPIENT: readonly SmtpStage[] = ['rcpt', 'data', 'body', 'eod'];
const AFTER_DATA: readonly SmtpStage[] = ['data', 'body', 'eod'];

/**
 * Rules for the usual words of mail servers, asked only where the codes say too little. The first rule that holds
 * decides; so what is about us stands before what is about the recipient, because a refusal for our reputation or our
 * sender often names the recipient too.
 *
 * @internal
 */
export const GENERIC_TEXT_RULES: readonly TextRule[] = [
  { class: 'greylist', severity: 'soft', pattern: /gr[ae]y-?list|postgrey/i },
  {
    class: 'rate.recipient',
    pattern:
      /receiving (?:(?:e-?)?mails?|messages) (?:too (?:quickly|fast)|at a rate)|too many messages (?:for|to) (?:this|the) (?:recipient|user|mailbox)|recipient (?:has )?exceed(?:ed|s) .{0,20}(?:rate|limit)/i,
  },
  { class: 'split', pattern: /too many recipients|maximum number of recipients/i },
  {
    class: 'tls',
    pattern:
      /must issue (?:a )?starttls|(?:starttls|tls|encryption) (?:is )?(?:required|needed)|requires? (?:starttls|tls|encryption)|requiretls/i,
  },
  {
    class: 'rate.account',
    pattern:
      /sending (?:rate|limit|quota) .{0,20}exceeded|exceeded .{0,30}sending (?:rate|limit|quota)|(?:daily|hourly|monthly) .{0,30}(?:quota|limit)|submission quota|messages per (?:second|minute|hour|day) limit|credits exceeded|out of credits?/i,
  },
  {
    class: 'rate.destination',
    pattern:
      /too many (?:concurrent |simultaneous )?(?:smtp )?(?:connections|sessions)|(?:concurrent|simultaneous) connections|connection (?:rate|frequency) |rate.?limit|unusual (?:rate|volume|amount) of|too (?:many (?:messages|e-?mails)|much mail) from|sending .{0,20}too (?:fast|quickly)|temporarily deferred due to|throttl(?:ed|ing)/i,
  },
  {
    class: 'our_account',
    upstream: 'relay',
    identity: true,
    pattern:
      /not owned by user|verified sender identity|(?:sender|address|domain) (?:address |domain )?(?:is )?not verified|not (?:authori[sz]ed|allowed|permitted) to send (?:as|from|on behalf)|send ?as ?denied/i,
  },
  {
    class: 'policy.auth',
    pattern:
      /\b(?:spf|dkim|dmarc)\b|openspf|sender is unauthenticated|(?:not|n't) aligned|not (?:pass|meet) .{0,30}authentication/i,
  },
  {
    class: 'our_account',
    upstream: 'relay',
    pattern:
      /relay(?:ing)? (?:access )?(?:is )?(?:denied|prohibited|disallowed|not (?:permitted|allowed))|(?:unable|not (?:permitted|allowed)|refus(?:ed|ing)) to relay|your account .{0,30}(?:suspended|disabled|blocked|closed|paused)|sending .{0,20}(?:suspended|paused)/i,
  },
  {
    class: 'our_account',
    upstream: 'relay',
    stages: ['greeting', 'ehlo', 'mail', 'rcpt', 'data'],
    pattern:
      /authentication (?:is )?(?:required|needed)|must (?:be )?authenticated?|not authenticated|(?:invalid|bad) credentials/i,
  },
  {
    class: 'our_account',
    upstream: 'relay',
    stages: ['greeting', 'ehlo', 'mail'],
    pattern: /account .{0,30}(?:suspended|disabled|blocked|closed|paused)/i,
  },
  {
    class: 'block.reputation',
    pattern:
      /\b(?:dnsbl|rbl)\b|spamhaus|spamcop|barracuda|sorbs|uceprotect|(?:black|block|deny)[ -]?list|(?:bad|poor|low|negative) (?:\w{1,20} )?reputation|reputation of|blocked using|client host .{0,60}(?:blocked|banned|rejected|listed)|your ip .{0,60}(?:blocked|banned|rejected|listed)|banned sending ip|(?:no|missing|invalid|your) (?:reverse|ptr)|reverse (?:dns|hostname)|helo command rejected|dynamic ip/i,
  },
  {
    class: 'sender',
    pattern:
      /sender (?:address |domain )?(?:rejected|refused|denied|blocked|unknown|invalid|not (?:found|allowed|accepted))|sender (?:address )?verif|(?:invalid|bad|unknown|malformed) (?:sender|return[ -]path|from address)|domain of sender|envelope sender/i,
  },
  {
    class: 'mailbox_full',
    stages: ABOUT_RECIPIENT,
    pattern:
      /over ?quota|quota (?:is )?(?:exceeded|full)|exceed(?:s|ed|ing)? .{0,20}quota|(?:mail|in)box (?:\w{1,20} )?(?:\w{1,20} )?full|mailbox (?:size|quota|limit) .{0,20}exceed|out of (?:storage|disk|mailbox) ?space|(?:insufficient|not enough) (?:disk|mailbox|storage)/i,
  },
  {
    class: 'mailbox_full',
    stages: ['rcpt'],
    pattern: /exceeded (?:mailbox )?storage allocation/i,
  },
  {
    class: 'hard.domain',
    severity: 'hard',
    stages: ['rcpt'],
    pattern:
      /(?:domain|host) (?:name )?(?:(?:is )?unknown|not found|does ?n[o']t exist)|(?:domain|host) .{0,20}not accept mail|(?:unknown|no such) (?:host|domain)|null mx/i,
  },
  {
    class: 'hard.recipient',
    severity: 'hard',
    stages: ABOUT_RECIPIENT,
    pattern:
      /(?:mailbox|account|user|recipient|address) (?:\w{1,20} )?(?:is |has been |was )(?:disabled|inactive|deactivated|suspended|closed|terminated|discontinued)|(?:disabled|inactive|deactivated) (?:mailbox|account|user|recipient)/i,
  },
  {
    class: 'hard.recipient',
    severity: 'hard',
    stages: ABOUT_RECIPIENT,
    pattern:
      /(?:user|recipient|mailbox|addressee|account) (?:is )?(?:unknown|not (?:found|known)|non-?existent|does(?: not|n't) exist)|(?:unknown|no such|non-?existent) (?:local )?(?:user|recipient|mailbox|addressee|account|person)|user doesn't have .{0,40}account/i,
  },
  {
    class: 'hard.recipient',
    severity: 'hard',
    stages: ['rcpt'],
    pattern:
      /(?:unrouteable|unroutable|unknown|invalid|bad|no such|malformed) (?:recipient |e-?mail |mailbox )?(?:address|recipient|user|alias|local ?part)|(?:address|alias) (?:is )?(?:unknown|invalid|not (?:found|known|valid)|does(?: not|n't) exist)|not a (?:valid|known) (?:user|mailbox|recipient|address)|no mailbox here|#5\.1\.0 address rejected|address must contain a domain|mailbox unavailable/i,
  },
  {
    class: 'recipient_policy',
    stages: ABOUT_RECIPIENT,
    pattern:
      /members? only|only members|delivery not authorized|not (?:authori[sz]ed|allowed|permitted) to (?:send|post) (?:e?mail |messages? )?to|only accepts (?:e?mail|messages?) from|restricted (?:recipient|list|group|mailbox)|(?:recipient|user) (?:has blocked|does not accept|is not accepting)|authenticated senders only|policy that prohibits/i,
  },
  {
    class: 'message',
    pattern:
      /virus|malware|message (?:is )?too (?:large|big|long)|message size|size limit|smtputf8|non-ascii|8bitmime|too many hops|mail loop|loop detected|line too long|message content|unsolicited|phishing/i,
  },
  {
    class: 'message',
    stages: AFTER_DATA,
    pattern: /\bspam\b|infected|attachment|\bheaders?\b|message-id|\bmime\b|bare (?:lf|cr|newline)|content/i,
  },
  {
    class: 'network',
    severity: 'soft',
    codeless: true,
    pattern:
      /temporar(?:y|ily) .{0,30}(?:problem|failure|error|unavailable|issue)|(?:system|server|service) .{0,20}(?:busy|overloaded|unavailable|not available)|internal (?:server )?error|local (?:error|problem)|(?:dns|lookup|database) (?:error|failure|timeout)|insufficient system/i,
  },
  // Last, because every kind of deferral says so; at first contact it is greylisting more often than not.
  {
    class: 'greylist',
    severity: 'soft',
    basic: [450, 451],
    stages: ['rcpt'],
    codeless: true,
    pattern: /try (?:it )?(?:again|later)|retry|come back|please wait/i,
  },
];
