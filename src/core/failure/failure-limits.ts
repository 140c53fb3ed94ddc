import { isBeforeMail } from './before-mail.js';
import type { FailureClass, FailureScope } from './delivery-failure.js';
import { FAILURE_CLASS_TABLE } from './failure-class-table.js';
import type { FailureEvidence } from './failure-evidence.js';
import type { FailureFinding, RefusalEvidence } from './failure-finding.js';

/**
 * What a refusal can mean, given its first digit, who sent it, and in answer to what.
 *
 * @internal
 */
export function limitFinding(finding: FailureFinding, refusal: RefusalEvidence): FailureFinding {
  return atStage(fromUpstream(withSeverity(finding, refusal), refusal), refusal);
}

/**
 * Whom a failure is about.
 *
 * @internal
 */
export function scopeOf(finding: FailureFinding, { stage, upstream, reply }: FailureEvidence): FailureScope {
  if (finding.ours === true) return 'none';
  if (finding.identity === true) return 'identity';
  const { scope } = FAILURE_CLASS_TABLE[finding.class];
  // A destination that dislikes our From domain says nothing about what others think of it.
  if (scope === 'identity' && upstream === 'mx') return 'message';
  // A server that refuses the connection refuses everything that would come over it.
  if (finding.class === 'block.reputation' && isBeforeMail(stage)) return 'transport';
  const isAnswerToRcpt = stage === 'rcpt' && finding.source !== undefined;
  const isOfConnection = CONNECTION_CODES.has(reply?.code ?? 0);
  return isAnswerToRcpt && !isOfConnection && OF_RECIPIENT_AT_RCPT.has(finding.class) ? 'recipient' : scope;
}

/** What may be a matter of this one recipient, unless the connection itself is ended or out of step. */
const OF_RECIPIENT_AT_RCPT: ReadonlySet<FailureClass> = new Set([
  'network',
  'protocol',
  'tls',
  'unknown.soft',
  'unknown.hard',
]);
const CONNECTION_CODES: ReadonlySet<number> = new Set([421, 503]);

/** A 4yz never says that something is wrong for good. */
const SOFTENED: Partial<Readonly<Record<FailureClass, FailureClass>>> = {
  'hard.recipient': 'unknown.soft',
  'hard.domain': 'network',
};

function withSeverity(finding: FailureFinding, { severity }: RefusalEvidence): FailureFinding {
  return severity === 'soft' ? { ...finding, class: SOFTENED[finding.class] ?? finding.class } : finding;
}

/** A destination knows no account of ours; a foreign host must not be able to stop all our sending. */
function fromUpstream(finding: FailureFinding, { upstream, severity }: RefusalEvidence): FailureFinding {
  if (upstream === 'relay') return finding;
  if (finding.class === 'rate.account') return { class: 'rate.destination', source: 'basic' };
  if (finding.class !== 'our_account') return finding;
  return { class: severity === 'hard' ? 'unknown.hard' : 'unknown.soft', source: 'basic' };
}

/** What a peer can mean before it has heard anything of the mail. */
const KNOWN_BEFORE_MAIL: ReadonlySet<FailureClass> = new Set([
  'network',
  'rate.destination',
  'rate.account',
  'our_account',
  'block.reputation',
  'tls',
  'protocol',
]);

/** Codes and classes with which a server says that it is in trouble, rather than our account. */
const OUTAGE_CODES: ReadonlySet<number> = new Set([421, 450, 451, 452]);
const OUTAGES: ReadonlySet<FailureClass> = new Set(['network', 'rate.destination']);

/** In answer to MAIL nothing is said about any recipient. */
const OF_SENDER_AT_MAIL: ReadonlySet<FailureClass> = new Set([
  'hard.recipient',
  'hard.domain',
  'recipient_policy',
  'unknown.hard',
]);

function atStage(finding: FailureFinding, refusal: RefusalEvidence): FailureFinding {
  const { stage, severity } = refusal;
  switch (stage) {
    case 'dns':
    case 'conn':
    case 'greeting':
    case 'ehlo':
      return KNOWN_BEFORE_MAIL.has(finding.class) ? finding : { class: 'network', source: 'basic' };
    case 'tls':
      return { class: 'tls', source: 'basic' };
    case 'auth': {
      const isOutage = OUTAGE_CODES.has(refusal.code) && OUTAGES.has(finding.class);
      return isOutage || finding.class === 'rate.account'
        ? finding
        : { class: 'our_account', source: 'basic' };
    }
    case 'mail':
      if (OF_SENDER_AT_MAIL.has(finding.class)) return { class: 'sender', source: 'basic' };
      if (finding.class === 'rate.recipient') return { class: 'rate.destination', source: 'basic' };
      if (finding.class !== 'mailbox_full') return finding;
      return { class: severity === 'hard' ? 'message' : 'network', source: 'basic' };
    case 'rcpt':
      return finding;
    case 'data':
    case 'body':
    case 'eod':
      return isToldOfAddress(finding, refusal) ? finding : { class: 'message', source: 'basic' };
    /* v8 ignore next -- @preserve The compiler proves that nothing comes here. */
    default: {
      const never: never = stage;
      return never;
    }
  }
}

/** After DATA a refusal is about the message, unless text or code speak of an address. */
function isToldOfAddress({ class: found, source }: FailureFinding, { subject }: RefusalEvidence): boolean {
  if (found !== 'hard.recipient' && found !== 'hard.domain') return true;
  return source === 'provider' || source === 'text' || subject === 1;
}
