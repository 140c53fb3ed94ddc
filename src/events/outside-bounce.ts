import type { DeliveryFailure, FailureClass, SuppressAdvice } from '../core/failure/delivery-failure.js';
import { classifyFailure } from '../core/failure/failure-classifier.js';
import { parseSmtpReply, type SmtpReply } from '../core/failure/smtp-reply.js';
import { bounceKindOf } from './bounce-kind.js';
import type { BounceKind } from './mail-event.js';

/** What a bounce that somebody else tells of means. */
export interface OutsideBounce {
  readonly failure: DeliveryFailure;
  readonly kind: BounceKind;
  readonly suppress: SuppressAdvice;
}

const CLASS_OF: Readonly<Record<BounceKind, FailureClass>> = {
  hard: 'hard.recipient',
  soft: 'unknown.soft',
  block: 'block.reputation',
  undetermined: 'unknown.hard',
};

const SUPPRESS_OF: Readonly<Record<BounceKind, SuppressAdvice>> = {
  hard: 'now',
  soft: 'count',
  block: 'no',
  undetermined: 'count',
};

/** They are about an account, wherever they are said; a mailbox is not to blame (RFC 4954 §6). */
const ACCOUNT_CODES: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/**
 * Reads a bounce as it was told. The teller's own word about the kind wins; without one the words of the server decide, as
 * they do in our own dialogue.
 *
 * @param reason what the server said: `smtp; 550 5.1.1 No such user`
 */
export function readOutsideBounce(kind: BounceKind | undefined, reason: string | undefined): OutsideBounce {
  const reply = reason === undefined ? undefined : replyIn(reason);
  const stage = reply && ACCOUNT_CODES.has(reply.code) ? 'auth' : 'rcpt';
  const read = reply && classifyFailure({ provenance: 'smtp', stage, upstream: 'mx', reply });
  const found = kind ?? (read && bounceKindOf(read)) ?? 'undetermined';
  const suppress = kind === undefined && read ? read.suppress : SUPPRESS_OF[found];
  const isRead = read !== undefined && bounceKindOf(read) === found;
  const base = isRead
    ? read
    : classifyFailure({
        provenance: 'smtp',
        stage: 'rcpt',
        upstream: 'mx',
        reply: reply ?? { code: 550, text: '', consistent: true },
        documented: { class: CLASS_OF[found] },
      });
  const { retryAfterMs: _, reply: __, ...rest } = base;
  const failure: DeliveryFailure = {
    ...rest,
    scope: suppress === 'no' ? base.scope : 'recipient',
    permanent: true,
    retry: 'no',
    failover: 'no',
    throttle: 'none',
    suppress,
    ...(reply && { reply }),
    summary: `Told later: ${base.summary.replace(/^At [^:]+: /, '')}`,
  };
  return { failure, kind: found, suppress };
}

/** A reply of SMTP within what a report says; undefined when it holds none. */
function replyIn(reason: string): SmtpReply | undefined {
  const text = reason.replace(/^\s*(?:smtp|x-[\w-]+)\s*;\s*/i, '').trim();
  const reply = parseSmtpReply(text);
  if (reply.code >= 400) return reply;
  const [, digit] = /^([45])\.\d{1,3}\.\d{1,3}(?:\s|$)/.exec(text) ?? [];
  return digit === undefined ? undefined : parseSmtpReply(`${digit}50 ${text}`);
}
