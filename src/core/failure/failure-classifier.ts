import type { DeliveryFailure, SuppressAdvice } from './delivery-failure.js';
import { FAILURE_CLASS_TABLE } from './failure-class-table.js';
import type { FailureEvidence } from './failure-evidence.js';
import type { FailureFinding } from './failure-finding.js';
import { limitFinding, scopeOf } from './failure-limits.js';
import { readRefusal, refusalEvidence } from './failure-reader.js';
import { summarizeFailure } from './failure-summary.js';
import { limitRetryHint, readRetryHint } from './retry-hint.js';
import { isTlsError } from './tls-error.js';

/**
 * Tells what a failure is and what follows from it. Transports call it for every outcome that is not `sent`. Pure,
 * linear in the length of the reply, and total: it never throws, whatever the peer said.
 *
 * Decided by provenance, stage, the provider's texts, the enhanced code, the usual texts where that code says too
 * little, and the basic code, in this order. Only a refusal that a peer wrote is `permanent`, or what we know before
 * we ask: the message cannot pass this server, the domain does not exist.
 *
 * @publicApi
 */
export function classifyFailure(evidence: FailureEvidence): DeliveryFailure {
  const { stage, provenance, reply } = evidence;
  const finding = decide(evidence);
  const values = FAILURE_CLASS_TABLE[finding.class];
  const isHard = finding.final ?? (finding.source !== undefined && reply !== undefined && reply.code >= 500);
  const retry = isHard ? values.hardRetry : values.softRetry;
  const permanent = retry === 'no';
  const scope = scopeOf(finding, evidence);
  const retryAfterMs = permanent ? undefined : waitOf(evidence);
  const code = codeOf(evidence);
  return {
    class: finding.class,
    scope,
    permanent,
    ambiguous: finding.class === 'uncertain',
    // A wrong sequence of commands is a matter of the connection, and gone with it.
    retry: finding.class === 'protocol' && reply?.code === 503 ? 'once' : retry,
    failover: finding.ours === true && provenance !== 'local' ? 'no' : values.failover,
    suppress: scope === 'recipient' ? suppressOf(finding, evidence, isHard) : 'no',
    throttle: scope === 'none' ? 'none' : finding.identity === true ? 'transport+from' : values.throttle,
    blame: finding.ours === true ? 'us' : values.blame,
    stage,
    ...(reply && { reply }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(code !== undefined && { code }),
    summary: summarizeFailure(finding.class, stage, code),
  };
}

/** The name of a system or TLS error, and nothing that could hold anybody's text. */
function codeOf({ errorCode, reply }: FailureEvidence): string | undefined {
  return reply === undefined && errorCode !== undefined && /^[A-Z][A-Z0-9_]{1,63}$/.test(errorCode)
    ? errorCode
    : undefined;
}

/** What the peer said beside its text is meant for programs, and comes first. */
function waitOf({ reply, retryAfterMs }: FailureEvidence): number | undefined {
  if (retryAfterMs !== undefined) return limitRetryHint(retryAfterMs);
  return reply && readRetryHint(reply.text);
}

function decide(evidence: FailureEvidence): FailureFinding {
  const { provenance, stage, reply, documented } = evidence;
  // What happens after the answer to the dot changes nothing for anybody.
  if (stage === 'quit') return { class: 'network', ours: true };
  if (documented !== undefined) return { ...documented, source: 'provider' };
  const isAnswer = provenance === 'smtp' || (provenance === 'http' && !isGatewayStatus(reply?.code ?? 0));
  if (reply === undefined || !isAnswer) return decideUnanswered(evidence);
  if (reply.consistent && reply.code >= 400 && reply.code <= 599) {
    const refusal = refusalEvidence(evidence, reply, stage);
    return limitFinding(readRefusal(refusal), refusal);
  }
  // No refusal, and no success that anybody had asked for.
  return { class: isAnswerToDotMissing(evidence) ? 'uncertain' : 'protocol' };
}

/** These numbers are the web's: a gateway that timed out refuses nothing, although SMTP has such codes too. */
function isGatewayStatus(code: number): boolean {
  return code >= 500 && code <= 504;
}

function isAnswerToDotMissing({ endOfDataSent, provenance, stage }: FailureEvidence): boolean {
  // A request to an API has no dot: only its transport knows whether it left in full.
  return endOfDataSent ?? (stage === 'eod' && provenance !== 'http');
}

const ACCOUNT_ERRORS: ReadonlySet<string> = new Set(['EAUTH', 'ENOAUTH', 'EOAUTH2', 'EAUTHMISSING']);
const MESSAGE_ERRORS: ReadonlySet<string> = new Set([
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
]);
const DOMAIN_ERRORS: ReadonlySet<string> = new Set(['ENXDOMAIN', 'ENULLMX']);

function decideUnanswered(evidence: FailureEvidence): FailureFinding {
  if (isAnswerToDotMissing(evidence)) return { class: 'uncertain' };
  const { provenance, stage, upstream, errorCode = '' } = evidence;
  switch (provenance) {
    case 'smtp':
    case 'http':
    case 'timeout':
      return { class: 'network' };
    case 'aborted':
      return { class: 'network', ours: true };
    case 'local':
      if (MESSAGE_ERRORS.has(errorCode)) return { class: 'message', final: true };
      return ownError(errorCode) ?? { class: 'network', ours: true };
    case 'network':
      if (stage === 'dns' && upstream === 'mx' && DOMAIN_ERRORS.has(errorCode)) {
        return { class: 'hard.domain', final: true, suppress: 'now' };
      }
      return ownError(errorCode) ?? { class: stage === 'tls' ? 'tls' : 'network' };
    /* v8 ignore next -- @preserve The compiler proves that nothing comes here. */
    default: {
      const never: never = provenance;
      return never;
    }
  }
}

function ownError(errorCode: string): FailureFinding | undefined {
  if (ACCOUNT_ERRORS.has(errorCode)) return { class: 'our_account' };
  return isTlsError(errorCode) ? { class: 'tls' } : undefined;
}

function suppressOf(finding: FailureFinding, evidence: FailureEvidence, isHard: boolean): SuppressAdvice {
  // Only a full mailbox is worth counting before the server has refused for good.
  if (!isHard && finding.class !== 'mailbox_full') return 'no';
  // After DATA one reply is for all accepted recipients, and does not say which of them it means.
  if (evidence.stage !== 'rcpt' && (evidence.acceptedBefore ?? 0) > 1) return 'no';
  return finding.suppress ?? FAILURE_CLASS_TABLE[finding.class].suppress;
}
