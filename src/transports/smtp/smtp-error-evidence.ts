import type { SmtpStage } from '../../core/failure/delivery-failure.js';
import type { FailureEvidence } from '../../core/failure/failure-evidence.js';
import { parseSmtpReply, type SmtpReply } from '../../core/failure/smtp-reply.js';

/** What is known about a failure apart from whom it hit. @internal */
export type SmtpErrorEvidence = Pick<FailureEvidence, 'provenance' | 'stage' | 'reply' | 'errorCode'>;

/** Commands as nodemailer names them on its errors; `CONN` and `API` say nothing about the stage. */
const COMMAND_STAGES: ReadonlyMap<string, SmtpStage> = new Map<string, SmtpStage>([
  ['EHLO', 'ehlo'],
  ['HELO', 'ehlo'],
  ['STARTTLS', 'tls'],
]);

/** Codes that, without a reply, stand for nodemailer's own refusal to send. */
const REFUSED_BY_NODEMAILER: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE', 'EAUTH']);

/** Stands for what a peer sent without ever making a reply of it. @internal */
export const UNREADABLE_REPLY: SmtpReply = { code: 0, text: '', consistent: true };

/**
 * Reads what went wrong out of an error of a socket or of nodemailer's connection: who said it, where, with what
 * reply. Never by the error's message: its text is nobody's interface, and it quotes replies.
 *
 * @param error as it was caught
 * @param stage where the session was, as far as the caller could see
 * @internal
 */
export function smtpErrorEvidence(error: unknown, stage: SmtpStage): SmtpErrorEvidence {
  const code = stringField(error, 'code');
  const command = stringField(error, 'command') ?? '';
  // nodemailer puts its own code in place of the system's, which tells more.
  const errorCode = stringField(error, 'originalCode') ?? code;
  const where = stageOf(command, code, stringField(error, 'syscall')) ?? stage;
  const response = stringField(error, 'response');
  const told = errorCode === undefined ? { stage: where } : { stage: where, errorCode };

  if (response !== undefined) return { ...told, provenance: 'smtp', reply: parseSmtpReply(response) };
  // The system's own time-out, no answer to SYN, carries the same code as ours.
  if (code === 'ETIMEDOUT') return { ...told, provenance: 'timeout' };
  if (code === 'EPROTOCOL') return { ...told, provenance: 'smtp', reply: UNREADABLE_REPLY };
  if (code !== undefined && REFUSED_BY_NODEMAILER.has(code)) return { ...told, provenance: 'local' };
  return { ...told, provenance: 'network' };
}

function stageOf(
  command: string,
  code: string | undefined,
  syscall: string | undefined,
): SmtpStage | undefined {
  if (code === 'ETLS') return 'tls';
  if (syscall === 'getaddrinfo') return 'dns';
  if (command.startsWith('AUTH')) return 'auth';
  return COMMAND_STAGES.get(command);
}

function stringField(error: unknown, field: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}
