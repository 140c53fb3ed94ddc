import { BASIC_CODE_TABLE } from './basic-code-table.js';
import type { FailureClass, SmtpStage } from './delivery-failure.js';
import { AMBIGUOUS_CODE, ENHANCED_CODE_TABLE } from './enhanced-code-table.js';
import type { FailureEvidence } from './failure-evidence.js';
import type { FailureFinding, RefusalEvidence } from './failure-finding.js';
import { GENERIC_TEXT_RULES } from './generic-text-rules.js';
import { PROVIDER_TEXT_RULES } from './provider-text-rules.js';
import type { SmtpReply } from './smtp-reply.js';
import { findTextRule } from './text-rule.js';

const MAX_TEXT_CHARS = 4096;
const ENHANCED_CODE = /^[45]\.(\d{1,3})\.(\d{1,3})$/;
const CLOSED_MAILBOX = /disabled|inactive|deactivated|closed/i;

/**
 * Gathers what the tables and rules look at.
 *
 * @param reply a refusal: 400 to 599
 * @internal
 */
export function refusalEvidence(
  evidence: FailureEvidence,
  reply: SmtpReply,
  stage: Exclude<SmtpStage, 'quit'>,
): RefusalEvidence {
  const [, subject, detail] = ENHANCED_CODE.exec(reply.enhanced ?? '') ?? [];
  return {
    evidence,
    reply,
    code: reply.code,
    severity: reply.code >= 500 ? 'hard' : 'soft',
    stage,
    upstream: evidence.upstream,
    text: withoutAddresses(reply.text.slice(0, MAX_TEXT_CHARS)),
    ...(subject !== undefined && { subject: Number(subject), detail: Number(detail) }),
  };
}

/**
 * Reads the class of a refusal: from the provider's texts, the enhanced code, the usual texts where that code says too
 * little, the basic code.
 *
 * @internal
 */
export function readRefusal(refusal: RefusalEvidence): FailureFinding {
  const { code, severity, stage, evidence, subject, detail } = refusal;
  const rules = evidence.provider === undefined ? undefined : PROVIDER_TEXT_RULES[evidence.provider];
  const told = rules && findTextRule(rules, refusal);
  if (told)
    return { class: told.class, source: 'provider', suppress: told.suppress, identity: told.identity };

  const meaning = (ENHANCED_CODE_TABLE.get(`${subject}.${detail}`) ?? AMBIGUOUS_CODE)[severity];
  const usual = meaning.texts && findTextRule(GENERIC_TEXT_RULES, refusal);
  if (usual && (meaning.texts === 'any' || meaning.texts?.includes(usual.class))) {
    return complete({ class: usual.class, source: 'text', identity: usual.identity }, refusal);
  }
  if (meaning.class !== undefined && (meaning.stages?.includes(stage) ?? true)) {
    return complete({ class: meaning.class, source: 'enhanced' }, refusal);
  }
  const row = BASIC_CODE_TABLE.get(code);
  const unknown: FailureClass = severity === 'hard' ? 'unknown.hard' : 'unknown.soft';
  const usually = row?.stages?.[stage] ?? row?.class ?? unknown;
  const found = followsAccepted(refusal) ? (row?.afterAccepted ?? usually) : usually;
  return complete({ class: found, source: 'basic' }, refusal);
}

function complete(finding: FailureFinding, refusal: RefusalEvidence): FailureFinding {
  if (finding.class === 'split') {
    // Where the transaction has nobody to do without, it is our account that may have no more recipients.
    return followsAccepted(refusal) || refusesSeveral(refusal)
      ? finding
      : { ...finding, class: 'rate.account' };
  }
  return isSureOfAddress(finding, refusal) ? { ...finding, suppress: 'now' } : finding;
}

function followsAccepted({ stage, evidence }: RefusalEvidence): boolean {
  return stage === 'rcpt' && (evidence.acceptedBefore ?? 0) > 0;
}

/** An answer to all of them together. In the middle of the message nobody can tell what it answers. */
function refusesSeveral({ stage, evidence }: RefusalEvidence): boolean {
  return (stage === 'data' || stage === 'eod') && (evidence.acceptedBefore ?? 0) > 1;
}

/**
 * An address is given up at once only when its final host says so in answer to RCPT, with a code that means nothing
 * else. The relay of a sending service is never a final host.
 */
function isSureOfAddress(finding: FailureFinding, refusal: RefusalEvidence): boolean {
  const { evidence, stage, code, reply, subject, detail, text } = refusal;
  if (stage !== 'rcpt' || (evidence.upstream === 'relay' && evidence.provider !== undefined)) return false;
  const saysSo = reply.enhanced?.startsWith('5.') === true && finding.source !== 'basic';
  if (finding.class === 'hard.recipient') {
    return saysSo && (subject === 1 || (subject === 2 && detail === 1 && CLOSED_MAILBOX.test(text)));
  }
  // 5.4.4 is what the server's resolver found, not what the domain says.
  return finding.class === 'hard.domain' && (code === 556 || (saysSo && subject !== 4));
}

/** Servers repeat addresses, and `virus@` or `spamhaus@` in one must not decide. */
function withoutAddresses(text: string): string {
  const words = text.replaceAll('\u2019', "'").split(' ');
  return words.map((word) => (word.includes('@') ? afterAddress(word) : word)).join(' ');
}

function afterAddress(word: string): string {
  return word.slice(word.lastIndexOf('@')).replace(/^[^>]*/, '');
}
