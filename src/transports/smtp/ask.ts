import type { SmtpStage } from '../../core/failure/delivery-failure.js';
import { smtpReplyOf, type WireReply } from './reply-reader.js';
import type { SmtpErrorEvidence } from './smtp-error-evidence.js';
import type { SmtpWire } from './smtp-wire.js';

/** The reply to one command: the one that was hoped for, or what stands in its place. @internal */
export type Asked =
  | { readonly ok: true; readonly reply: WireReply }
  | { readonly ok: false; readonly evidence: SmtpErrorEvidence };

/**
 * Sends one command, or none for a reply that comes by itself, and waits for its reply.
 *
 * @param isHopedFor whether a code is the answer that lets the conversation go on
 * @internal
 */
export async function ask(
  wire: SmtpWire,
  timeoutMs: number,
  stage: SmtpStage,
  command: string | undefined,
  isHopedFor: (code: number) => boolean,
): Promise<Asked> {
  wire.stage = stage;
  const exchange = wire.exchange(command === undefined ? '' : `${command}\r\n`, 1, timeoutMs);
  await exchange.done;
  const [reply] = exchange.replies;
  if (reply === undefined) return { ok: false, evidence: exchange.end ?? { provenance: 'network', stage } };
  const evidence = { provenance: 'smtp', stage, reply: smtpReplyOf(reply) } as const;
  if (!isHopedFor(reply.code)) return { ok: false, evidence };
  // It said more than was asked, so that nobody knows what its first answer answered.
  if (wire.ended !== undefined) return { ok: false, evidence: { ...evidence, errorCode: 'EPROTOCOL' } };
  return { ok: true, reply };
}
