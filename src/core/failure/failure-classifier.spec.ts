import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAILURE_CLASSES, SMTP_STAGES, type DeliveryFailure, type SmtpStage } from './delivery-failure.js';
import { classifyFailure } from './failure-classifier.js';
import type { FailureEvidence, FailureProvenance } from './failure-evidence.js';
import { PROVIDERS } from './provider.js';
import { parseSmtpReply } from './smtp-reply.js';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 2000);

function answered(stage: SmtpStage, raw: string, more: Partial<FailureEvidence> = {}): DeliveryFailure {
  return classifyFailure({
    provenance: 'smtp',
    stage,
    upstream: 'relay',
    reply: parseSmtpReply(raw),
    ...more,
  });
}

function unanswered(provenance: FailureProvenance, stage: SmtpStage, more: Partial<FailureEvidence> = {}) {
  return classifyFailure({ provenance, stage, upstream: 'relay', ...more });
}

describe('who said it', () => {
  it.each([
    ['network', 'conn', 'ECONNREFUSED', 'network'],
    ['network', 'ehlo', 'ECONNRESET', 'network'],
    ['network', 'dns', 'ENOTFOUND', 'network'],
    ['network', 'tls', 'ECONNRESET', 'tls'],
    ['network', 'conn', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['network', 'conn', 'ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['network', 'auth', 'ECONNRESET', 'network'],
    ['network', 'auth', 'EAUTH', 'our_account'],
    ['network', 'auth', 'EOAUTH2', 'our_account'],
    ['timeout', 'tls', undefined, 'network'],
    ['timeout', 'rcpt', undefined, 'network'],
    ['smtp', 'mail', undefined, 'network'],
    ['http', 'eod', undefined, 'network'],
    ['local', 'ehlo', 'ETLS', 'tls'],
    ['local', 'mail', 'EREQUIRETLS', 'tls'],
    ['local', 'auth', 'EAUTHMISSING', 'our_account'],
    ['local', 'data', 'ESTREAM', 'network'],
  ] as const)(
    'takes %s at %s with %s for %s, and for nothing permanent',
    (provenance, stage, errorCode, expected) => {
      const failure = unanswered(provenance, stage, { errorCode });
      expect(failure).toMatchObject({ class: expected, permanent: false, ambiguous: false, suppress: 'no' });
      expect(failure).not.toHaveProperty('reply');
    },
  );

  it.each([
    'E8BITMIME',
    'EENVELOPE',
    'EHEADER',
    'EMETADATA',
    'ENULLSENDER',
    'EPART',
    'ERECIPIENTS',
    'ESIZE',
    'ESMTPUTF8',
    'ETAGS',
  ])('refuses a message for good that cannot pass this server (%s)', (errorCode) => {
    expect(unanswered('local', 'mail', { errorCode })).toMatchObject({
      class: 'message',
      scope: 'message',
      permanent: true,
      retry: 'no',
    });
  });

  it('takes a documented answer for what it is documented to mean, whatever text comes with it', () => {
    const reply = parseSmtpReply('550 5.0.0 virus found, mailbox full, try again in 300 seconds');
    const evidence = { provenance: 'http', stage: 'rcpt', upstream: 'relay', reply } as const;
    expect(classifyFailure({ ...evidence, documented: { class: 'hard.recipient' } })).toMatchObject({
      class: 'hard.recipient',
      scope: 'recipient',
      permanent: true,
      suppress: 'count',
      reply,
    });
  });

  it('keeps a documented answer with a 4yz code open', () => {
    const reply = parseSmtpReply('450 4.0.0 HTTP 429');
    const evidence = { provenance: 'http', stage: 'mail', upstream: 'relay', reply } as const;
    expect(
      classifyFailure({ ...evidence, documented: { class: 'rate.account' }, retryAfterMs: 7_000 }),
    ).toMatchObject({ class: 'rate.account', permanent: false, retry: 'window', retryAfterMs: 7_000 });
  });

  it('tells a sender that is not verified from an account that is not accepted', () => {
    const reply = parseSmtpReply('550 5.7.1 HTTP 422');
    const evidence = { provenance: 'http', stage: 'mail', upstream: 'relay', reply } as const;
    expect(
      classifyFailure({ ...evidence, documented: { class: 'our_account', identity: true } }),
    ).toMatchObject({
      class: 'our_account',
      scope: 'identity',
      permanent: false,
      throttle: 'transport+from',
    });
  });

  it('takes a wait that was named beside the text before one in the text, and neither beyond a day', () => {
    const reply = parseSmtpReply('450 4.0.0 try again in 300 seconds');
    const evidence = { provenance: 'smtp', stage: 'rcpt', upstream: 'relay', reply } as const;
    expect(classifyFailure({ ...evidence, retryAfterMs: 5_000 }).retryAfterMs).toBe(5_000);
    expect(classifyFailure({ ...evidence, retryAfterMs: 9e9 }).retryAfterMs).toBe(86_400_000);
    expect(classifyFailure({ ...evidence, retryAfterMs: 0 })).not.toHaveProperty('retryAfterMs');
    expect(unanswered('http', 'greeting', { errorCode: 'HTTP_503', retryAfterMs: 60_000 })).toMatchObject({
      class: 'network',
      retryAfterMs: 60_000,
      code: 'HTTP_503',
    });
  });

  it('believes such a code only from ourselves', () => {
    expect(unanswered('network', 'mail', { errorCode: 'ESIZE' })).toMatchObject({
      class: 'network',
      permanent: false,
    });
  });

  it.each(['ENXDOMAIN', 'ENULLMX'])(
    'gives up a domain that itself says it takes no mail (%s)',
    (errorCode) => {
      expect(unanswered('network', 'dns', { upstream: 'mx', errorCode })).toMatchObject({
        class: 'hard.domain',
        scope: 'recipient',
        permanent: true,
        suppress: 'now',
      });
    },
  );

  it('blames no recipient when the name of a configured relay does not exist', () => {
    expect(unanswered('network', 'dns', { errorCode: 'ENXDOMAIN' })).toMatchObject({
      class: 'network',
      scope: 'transport',
      permanent: false,
    });
  });

  it('lets nobody but us pay for what we aborted ourselves', () => {
    expect(unanswered('aborted', 'data')).toMatchObject({
      class: 'network',
      scope: 'none',
      failover: 'no',
      throttle: 'none',
      blame: 'us',
    });
  });

  it('lets nobody but us pay for an exception of ours', () => {
    expect(unanswered('local', 'mail')).toMatchObject({ scope: 'none', failover: 'later', blame: 'us' });
  });

  it.each([500, 501, 502, 503, 504])('does not take the status %i of a web gateway for a refusal', (code) => {
    const reply = { code, text: 'Bad Gateway', consistent: true };
    expect(unanswered('http', 'eod', { reply })).toMatchObject({ class: 'network', permanent: false });
  });

  it('takes a documented permanent answer of an API for a refusal', () => {
    const reply = parseSmtpReply('550 5.1.1 No such address');
    expect(unanswered('http', 'rcpt', { reply, provider: 'postmark' })).toMatchObject({
      class: 'hard.recipient',
      permanent: true,
      suppress: 'count',
    });
  });

  it('does not read half a reply that the network cut off', () => {
    const reply = parseSmtpReply('550-5.1.1 User unknown');
    expect(unanswered('timeout', 'rcpt', { reply })).toMatchObject({
      class: 'network',
      permanent: false,
      reply,
    });
  });
});

describe('the final dot', () => {
  const UNCERTAIN = {
    class: 'uncertain',
    ambiguous: true,
    permanent: false,
    retry: 'policy',
    failover: 'no',
  };

  it.each(['network', 'timeout', 'aborted', 'local', 'smtp'] as const)(
    'is uncertain when no answer came (%s)',
    (provenance) => {
      expect(unanswered(provenance, 'eod')).toMatchObject({
        ...UNCERTAIN,
        scope: 'transport',
        suppress: 'no',
      });
    },
  );

  it('is uncertain wherever the last octet may have left', () => {
    expect(unanswered('aborted', 'body', { endOfDataSent: true })).toMatchObject(UNCERTAIN);
    expect(unanswered('http', 'eod', { endOfDataSent: true })).toMatchObject(UNCERTAIN);
  });

  it('is not uncertain when it was never sent', () => {
    expect(unanswered('timeout', 'eod', { endOfDataSent: false })).toMatchObject({ class: 'network' });
    expect(unanswered('network', 'body')).toMatchObject({ class: 'network', ambiguous: false });
  });

  it.each([
    ['a line without a code', 'what?'],
    ['an empty line', ''],
    ['a go-ahead instead of an answer', '354 go on'],
    ['lines that disagree', '250-taken\r\n550 refused'],
    ['lines that disagree the other way round', '550-refused\r\n250 taken'],
    ['a success that its transport did not believe', '250 ok'],
  ])('is uncertain after %s', (_, raw) => {
    expect(answered('eod', raw)).toMatchObject(UNCERTAIN);
  });

  it('is not uncertain after a 421, which is an answer', () => {
    expect(answered('eod', '421 4.3.2 shutting down')).toMatchObject({
      class: 'network',
      ambiguous: false,
      retry: 'yes',
      scope: 'transport',
    });
  });

  it('has an answer when the server refuses in the middle of the message', () => {
    expect(answered('body', '550 5.7.1 Message contains a virus')).toMatchObject({
      class: 'message',
      ambiguous: false,
      permanent: true,
    });
  });
});

describe('a reply that nobody had asked for', () => {
  it.each([
    ['rcpt', 'garbage'],
    ['rcpt', '250-ok\r\n550 no'],
    ['data', '250 ok'],
    ['ehlo', '999 hello'],
  ] as const)('is a protocol error at %s: %s', (stage, raw) => {
    expect(answered(stage, raw)).toMatchObject({ class: 'protocol', permanent: false, suppress: 'no' });
  });
});

describe('the stage', () => {
  it.each(['conn', 'greeting', 'ehlo', 'tls', 'auth', 'mail'] as const)(
    'never lets an answer at %s speak of a recipient',
    (stage) => {
      for (const raw of [
        '550 5.1.1 User unknown',
        '556 5.1.10 null MX',
        '552 5.2.2 mailbox full',
        '550 no',
      ]) {
        expect(answered(stage, raw, { upstream: 'mx' })).toMatchObject({ suppress: 'no' });
        expect(answered(stage, raw).scope).not.toBe('recipient');
      }
    },
  );

  it.each([
    ['greeting', '554 5.7.1 no thanks', 'network', 'yes'],
    ['greeting', '554 5.7.1 Client host blocked using zen.spamhaus.org', 'block.reputation', 'slow'],
    ['ehlo', '550 5.7.1 Your account is suspended', 'our_account', 'pause'],
    ['tls', '550 5.1.1 User unknown', 'tls', 'yes'],
    ['auth', '550 5.1.1 User unknown', 'our_account', 'pause'],
    ['auth', '504 5.5.4 Unrecognized authentication type', 'our_account', 'pause'],
    ['auth', '421 4.7.0 Too many connections', 'rate.destination', 'slow'],
    ['auth', '451 4.3.0 Database down', 'network', 'yes'],
    ['mail', '452 4.2.2 Mailbox full', 'network', 'yes'],
    ['mail', '552 5.2.2 Mailbox full', 'message', 'no'],
    ['mail', '450 4.2.1 later', 'rate.destination', 'slow'],
    ['mail', '550 5.7.8 Login first', 'our_account', 'pause'],
    ['mail', '550 Administrative prohibition', 'sender', 'no'],
    ['mail', '553 5.1.0 Bad from', 'sender', 'no'],
    ['mail', '521 5.3.2 Host does not accept mail', 'network', 'yes'],
    ['mail', '530 5.7.0 Must issue a STARTTLS command first', 'tls', 'yes'],
    ['mail', '530 5.7.1 Authentication required', 'our_account', 'pause'],
    ['rcpt', '521 AOL will not accept delivery of this message', 'unknown.hard', 'no'],
    ['rcpt', '553 Mailbox name not allowed', 'hard.recipient', 'no'],
    ['rcpt', '551 User not local', 'hard.recipient', 'no'],
    ['eod', '551 User not local', 'message', 'no'],
    ['eod', '550 5.2.1 refused', 'message', 'no'],
    ['eod', '550 5.7.18 refused', 'message', 'no'],
    ['eod', '550 5.1.1 refused', 'hard.recipient', 'no'],
    ['eod', '550 no such user', 'hard.recipient', 'no'],
    ['eod', '552 too big', 'message', 'no'],
    ['data', '550 5.5.3 Too many recipients', 'rate.account', 'window'],
    ['data', '503 5.5.1 Valid RCPT first', 'protocol', 'once'],
  ] as const)('reads at %s: %s', (stage, raw, expected, retry) => {
    expect(answered(stage, raw)).toMatchObject({ class: expected, retry });
  });
});

describe('the codes', () => {
  it.each([
    ['450 4.1.1 User unknown in relay recipient table', 'unknown.soft', 'yes'],
    ['450 5.1.1 User unknown', 'unknown.soft', 'yes'],
    ['550 4.1.1 User unknown', 'hard.recipient', 'no'],
    ['450 4.1.2 Domain not found', 'network', 'yes'],
    ['550 5.4.4 Host not found', 'hard.domain', 'no'],
    ['550 5.4.1 no answer from host', 'unknown.hard', 'no'],
    ['554 5.4.7 delivery time expired', 'expired', 'no'],
    ['450 4.4.7 delivery time expired', 'network', 'yes'],
    ['550 2.1.5 User unknown', 'hard.recipient', 'no'],
    ['550 5.9.99 refused', 'unknown.hard', 'no'],
    ['450 4.9.99 refused', 'unknown.soft', 'yes'],
    ['454 refused', 'unknown.soft', 'yes'],
    ['599 refused', 'unknown.hard', 'no'],
    ['400 refused', 'unknown.soft', 'yes'],
    ['541 refused', 'message', 'no'],
    ['556 refused', 'hard.domain', 'no'],
    ['452 refused', 'network', 'yes'],
    ['422 The mailbox is full', 'mailbox_full', 'yes'],
    ['552 refused', 'mailbox_full', 'short'],
    ['451 4.3.0 mailbox is full', 'mailbox_full', 'yes'],
    ['452 4.3.1 Insufficient system storage', 'network', 'yes'],
    ['554 5.3.0 refused', 'unknown.hard', 'no'],
    ['432 4.7.0 later', 'greylist', 'yes'],
    ['451 4.7.1 Service unavailable - try again later', 'greylist', 'yes'],
    ['450 mailbox unavailable, try again later', 'greylist', 'yes'],
    ['421 closing, try again later', 'network', 'yes'],
    ['450 4.6.7 no SMTPUTF8', 'message', 'yes'],
    ['500 what?', 'protocol', 'yes'],
  ] as const)('reads in answer to RCPT: %s', (raw, expected, retry) => {
    expect(answered('rcpt', raw)).toMatchObject({ class: expected, retry });
  });

  it('tries again what a 4yz says, whatever its enhanced code is', () => {
    expect(answered('rcpt', '450 5.7.26 unauthenticated')).toMatchObject({
      class: 'policy.auth',
      permanent: false,
    });
  });
});

describe('the text', () => {
  it.each([
    ['550 #5.1.0 Address rejected.', 'hard.recipient'],
    ['550 5.7.1 <u@example.com>: Recipient address rejected: User unknown', 'hard.recipient'],
    ['550 5.7.1 <u@example.com>... User unknown', 'hard.recipient'],
    ['550-Verification failed\r\n550-No such user here\r\n550 Sender verify failed', 'sender'],
    ['450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]', 'block.reputation'],
    ['450 4.7.1 <app>: Helo command rejected: Host not found', 'block.reputation'],
    ['554 5.7.1 The sender\u2019s domain has no SPF record', 'policy.auth'],
    ['550 5.7.1 You are not allowed to send to this list', 'recipient_policy'],
    ['550 5.0.0 The mailbox is currently full', 'mailbox_full'],
    ['452 4.5.0 Recipient over quota', 'mailbox_full'],
    ['550 The account has been disabled', 'hard.recipient'],
    ['550 5.0.0 Unknown domain', 'hard.domain'],
    ['550 5.7.1 Sorry, too many connections from your network', 'rate.destination'],
    ['454 4.7.0 TLS required', 'tls'],
  ] as const)('decides where the code says too little: %s', (raw, expected) => {
    expect(answered('rcpt', raw)).toMatchObject({ class: expected });
  });

  it.each([
    ['554 5.7.1 <spamhaus@example.com>: Access denied', 'unknown.hard'],
    ['550 5.7.1 virus@example.com refused', 'unknown.hard'],
    ['450 4.2.0 <greylist@example.com>: busy', 'unknown.soft'],
  ] as const)('is not read from an address: %s', (raw, expected) => {
    expect(answered('rcpt', raw)).toMatchObject({ class: expected });
  });

  it('does not decide against a code that is clear', () => {
    expect(answered('rcpt', '550 5.1.1 blocked using zen.spamhaus.org')).toMatchObject({
      class: 'hard.recipient',
    });
    expect(answered('rcpt', '552 5.2.2 Message contains a virus')).toMatchObject({ class: 'mailbox_full' });
  });

  it('means what a provider says only when it is that provider', () => {
    const raw = '550 5.7.27 refused';
    expect(answered('eod', raw, { provider: 'gmail' })).toMatchObject({ class: 'policy.auth' });
    expect(answered('eod', raw, { provider: 'yahoo' })).toMatchObject({ class: 'sender' });
    expect(answered('eod', raw, { provider: 'apple' })).toMatchObject({ class: 'sender' });
  });
});

describe('suppression', () => {
  it.each([
    ['a final host', '550 5.1.1 User unknown', { upstream: 'mx' }, 'now'],
    ['a host without a known name', '550 5.1.1 User unknown', {}, 'now'],
    ['the relay of a sending service', '550 5.1.1 User unknown', { provider: 'sendgrid' }, 'count'],
    ['a code of the other digit', '550 4.1.1 User unknown', {}, 'count'],
    ['no enhanced code', '550 User unknown', {}, 'count'],
    ['a closed mailbox', '550 5.2.1 The mailbox is inactive', {}, 'now'],
    ['5.2.1 without a word of closing', '550 5.2.1 refused', {}, 'count'],
    ['5.1.0 that is about the mailbox', '550 5.1.0 User unknown', {}, 'now'],
    ['5.1.0 without a reason', '550 5.1.0 refused', {}, 'count'],
    ['5.1.0 with a full mailbox', '550 5.1.0 Mailbox full', {}, 'count'],
    ['a mailbox name that is not allowed', '553 5.1.0 refused', {}, 'count'],
    ['a domain that takes no mail', '556 refused', {}, 'now'],
    ['a domain the server did not find', '550 5.4.4 Host not found', {}, 'count'],
    ['a domain the text speaks of', '550 Unknown domain', {}, 'count'],
    ['a full mailbox', '452 4.2.2 full', {}, 'count'],
    ['a policy of the recipient', '450 4.7.1 members only', {}, 'no'],
    ['our reputation', '550 5.7.1 poor reputation', {}, 'no'],
    ['our relay denied', '550 5.7.1 Relay access denied', {}, 'no'],
  ] as const)('after %s: %s', (_, raw, more, expected) => {
    expect(answered('rcpt', raw, more).suppress).toBe(expected);
  });

  it.each([
    [undefined, 'count'],
    [1, 'count'],
    [2, 'no'],
  ] as const)(
    'counts at the dot only when there is no doubt about whom (%s accepted)',
    (acceptedBefore, expected) => {
      expect(answered('eod', '550 5.1.1 User unknown', { acceptedBefore }).suppress).toBe(expected);
    },
  );

  it('stays sure at RCPT of the recipient it is the answer for', () => {
    expect(answered('rcpt', '550 5.1.1 User unknown', { acceptedBefore: 5 }).suppress).toBe('now');
  });
});

describe('scope', () => {
  it.each([
    ['rcpt', '550 5.1.1 User unknown', {}, 'recipient'],
    ['rcpt', '450 4.7.1 Greylisted', {}, 'recipient'],
    ['rcpt', '451 4.3.0 Temporary problem', {}, 'recipient'],
    ['rcpt', '501 5.5.4 Bad address syntax', {}, 'recipient'],
    ['rcpt', '550 refused', {}, 'recipient'],
    ['rcpt', '450 refused', {}, 'recipient'],
    ['rcpt', '421 4.3.0 closing', {}, 'transport'],
    ['rcpt', '503 5.5.1 MAIL first', {}, 'transport'],
    ['rcpt', '554 5.7.1 Relay access denied', {}, 'transport'],
    ['rcpt', '554 5.7.1 blocked using zen.spamhaus.org', {}, 'message'],
    ['rcpt', '452 4.5.3 Too many recipients', { acceptedBefore: 3 }, 'none'],
    ['greeting', '554 5.7.1 blocked using zen.spamhaus.org', {}, 'transport'],
    ['greeting', '554 go away', {}, 'transport'],
    ['mail', '550 5.1.8 Domain of sender does not exist', {}, 'identity'],
    ['mail', '550 5.1.8 Domain of sender does not exist', { upstream: 'mx' }, 'message'],
    ['eod', '550 5.7.26 unauthenticated', {}, 'identity'],
    ['eod', '550 5.7.26 unauthenticated', { upstream: 'mx' }, 'message'],
    ['eod', '554 refused', {}, 'message'],
    ['eod', '451 refused', {}, 'message'],
    ['eod', '451 4.3.0 Temporary problem', {}, 'transport'],
    ['eod', '554 5.4.7 expired', {}, 'none'],
  ] as const)('at %s of %s', (stage, raw, more, expected) => {
    expect(answered(stage, raw, more).scope).toBe(expected);
  });

  it('is our From domain on this transport where only it may not send', () => {
    const raw = '550 The from address does not match a verified Sender Identity';
    expect(answered('eod', raw, { provider: 'sendgrid' })).toMatchObject({
      class: 'our_account',
      scope: 'identity',
      throttle: 'transport+from',
    });
  });

  it('never lets a foreign host speak for our account', () => {
    expect(answered('rcpt', '554 5.7.1 Relay access denied', { upstream: 'mx' })).toMatchObject({
      class: 'unknown.hard',
      scope: 'recipient',
      suppress: 'count',
    });
    const sendgrid = { upstream: 'mx', provider: 'sendgrid' } as const;
    expect(answered('rcpt', '403 You are not authorized to send from that address', sendgrid)).toMatchObject({
      class: 'unknown.soft',
      scope: 'recipient',
    });
    expect(answered('eod', '550 5.4.5 Daily limit exceeded', { upstream: 'mx' })).toMatchObject({
      class: 'rate.destination',
    });
  });
});

describe('a transaction with too many recipients', () => {
  it.each(['452 4.5.3 Too many recipients', '452 Too many recipients', '552 refused', '550 5.5.3 no more'])(
    'is split after one was accepted: %s',
    (raw) => {
      expect(answered('rcpt', raw, { acceptedBefore: 1 })).toMatchObject({
        class: 'split',
        retry: 'split',
        permanent: false,
        blame: 'nobody',
      });
    },
  );

  it.each([
    ['data', '550 5.5.3 Too many recipients'],
    ['data', '452 Too many recipients'],
    ['eod', '552 5.5.3 Too many recipients'],
    ['eod', '550 Maximum number of recipients exceeded'],
  ] as const)('is split when all are refused together, at %s: %s', (stage, raw) => {
    expect(answered(stage, raw, { acceptedBefore: 2 })).toMatchObject({ class: 'split', retry: 'split' });
    expect(answered(stage, raw, { acceptedBefore: 1 }).class).toBe('rate.account');
  });

  it('is not split for a size that is refused at the end of the message', () => {
    expect(answered('eod', '552 too big', { acceptedBefore: 2 }).class).toBe('message');
  });

  it.each(['552 5.2.2 Mailbox full', '552 Mailbox full', '552 5.3.4 Too big', '550 refused'])(
    'is not what this says after one was accepted: %s',
    (raw) => {
      expect(answered('rcpt', raw, { acceptedBefore: 1 }).class).not.toBe('split');
    },
  );
});

describe('what comes with a failure', () => {
  it('is the reply as given', () => {
    const reply = parseSmtpReply('550 5.1.1 No such user');
    expect(answered('rcpt', '', { reply }).reply).toBe(reply);
  });

  it('is a summary without anything that the server wrote', () => {
    expect(answered('rcpt', '550 5.1.1 <ada@acme.test> is unknown').summary).toBe(
      'At RCPT TO: the address does not exist or is closed.',
    );
  });

  it.each([
    ['450 4.7.1 Greylisting in action, please try again in 300 seconds', 300_000],
    ['450 4.2.0 Greylisted for 5 minutes', 300_000],
    ['450 4.7.1 Please come back in 00:05:00', 300_000],
    ['450 4.7.1 wait 90000 hours', 86_400_000],
    ['450 4.7.1 busy', undefined],
    ['550 5.1.1 gone for 5 minutes', undefined],
  ])('is the wait that the server asked for: %s', (raw, expected) => {
    expect(answered('rcpt', raw).retryAfterMs).toBe(expected);
  });
});

describe('whatever a peer says', () => {
  const words = fc.constantFrom(
    ...'550 450 421 552 5.1.1 4.2.2 5.7.1 2.0.0 user unknown quota spam greylist relay denied <a@b.c> TLS in 5 minutes'.split(
      ' ',
    ),
    '\u00e9\u202e',
    '\r\n',
    '-',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(words, { maxLength: 12 }).map((some) => some.join(' ')),
  );
  const reply = fc.oneof(
    text.map(parseSmtpReply),
    fc
      .tuple(fc.integer({ min: 400, max: 599 }), text)
      .map(([code, rest]) => parseSmtpReply(`${code} ${rest}`)),
    fc.record({ code: fc.oneof(fc.integer(), fc.constant(Number.NaN)), text, consistent: fc.boolean() }),
    fc.record({ code: fc.integer({ min: 0, max: 700 }), enhanced: text, text, consistent: fc.boolean() }),
  );
  const evidence: fc.Arbitrary<FailureEvidence> = fc.record(
    {
      provenance: fc.constantFrom('smtp', 'smtp', 'http', 'network', 'timeout', 'aborted', 'local'),
      stage: fc.constantFrom(...SMTP_STAGES),
      upstream: fc.constantFrom('relay', 'mx'),
      reply: fc.option(reply, { nil: undefined }),
      acceptedBefore: fc.nat(3),
      provider: fc.constantFrom(undefined, ...PROVIDERS),
      errorCode: fc.oneof(fc.constantFrom('ESIZE', 'EAUTH', 'ETLS', 'ENXDOMAIN'), fc.string()),
      endOfDataSent: fc.boolean(),
    },
    { requiredKeys: ['provenance', 'stage', 'upstream'] },
  );

  function always(law: (failure: DeliveryFailure, given: FailureEvidence) => void): void {
    fc.assert(
      fc.property(evidence, (given) => law(classifyFailure(given), given)),
      { numRuns },
    );
  }

  it('comes back as a failure of a known class', () => {
    always((failure, given) => {
      expect(FAILURE_CLASSES).toContain(failure.class);
      expect(failure.stage).toBe(given.stage);
      expect(failure.reply).toBe(given.reply);
    });
  });

  it('is permanent exactly where it is not tried again, and never with an ambiguity', () => {
    always(({ permanent, retry, ambiguous }) => {
      expect(permanent).toBe(retry === 'no');
      expect(permanent && ambiguous).toBe(false);
    });
  });

  it('is permanent only by a clear 5yz of a peer, or by what we know before we ask', () => {
    always((failure, { provenance, reply, errorCode = '' }) => {
      if (!failure.permanent) return;
      const isRefusal =
        reply?.consistent === true && reply.code >= 500 && ['smtp', 'http'].includes(provenance);
      expect(isRefusal || ['ESIZE', 'ENXDOMAIN'].includes(errorCode)).toBe(true);
    });
  });

  it('suppresses no address unless the failure is about a recipient, at RCPT or later', () => {
    always((failure) => {
      if (failure.suppress === 'no') return;
      expect(failure.scope).toBe('recipient');
      expect(['dns', 'rcpt', 'data', 'body', 'eod']).toContain(failure.stage);
    });
  });

  it('is ambiguous where the last octet left and no clear refusal came', () => {
    always((failure, { endOfDataSent, stage, provenance, reply }) => {
      const isRefusal = reply?.consistent === true && reply.code >= 400 && reply.code <= 599;
      const isAnswered = isRefusal && ['smtp', 'http'].includes(provenance);
      if (endOfDataSent !== true || isAnswered || stage === 'quit') return;
      expect(failure).toMatchObject({ class: 'uncertain', ambiguous: true, failover: 'no' });
    });
  });

  it('never waits longer than a day because a server asks for it', () => {
    always(({ retryAfterMs = 1 }) => {
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(86_400_000);
    });
  });

  it.each([
    'a',
    ' ',
    '1',
    '@',
    '<',
    'exceeded ',
    'mailbox is ',
    'address ',
    'client host ',
    'daily ',
    '550 ',
  ])('takes no long time, however often it repeats %j', (part) => {
    const reply = { code: 550, text: part.repeat(1_000_000 / part.length), consistent: true };
    const start = performance.now();
    for (const provider of PROVIDERS) answered('eod', '', { reply, provider });
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
