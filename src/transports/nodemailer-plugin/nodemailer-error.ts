import type { SmtpStage } from '../../core/failure/delivery-failure.js';
import { errorField } from '../../core/failure/error-field.js';
import type { FailureEvidence } from '../../core/failure/failure-evidence.js';
import { parseSmtpReply } from '../../core/failure/smtp-reply.js';

/** What is known about a failure apart from whom it hit. @internal */
export type PluginEvidence = Pick<
  FailureEvidence,
  'provenance' | 'stage' | 'reply' | 'errorCode' | 'endOfDataSent'
>;

/** Commands as nodemailer's own connection names them on its errors. */
const STAGES: ReadonlyMap<string, SmtpStage> = new Map<string, SmtpStage>([
  ['EHLO', 'ehlo'],
  ['HELO', 'ehlo'],
  ['STARTTLS', 'tls'],
  ['MAIL FROM', 'mail'],
  ['RCPT TO', 'rcpt'],
  ['DATA', 'eod'],
]);

/** Codes of errors before anything was given: no connection, no login. */
const BEFORE: ReadonlyMap<string, SmtpStage> = new Map<string, SmtpStage>([
  ['EDNS', 'dns'],
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['ECONNREFUSED', 'conn'],
  ['EHOSTUNREACH', 'conn'],
  ['ENETUNREACH', 'conn'],
  ['ETLS', 'tls'],
  ['EAUTH', 'auth'],
  ['ENOAUTH', 'auth'],
  ['EOAUTH2', 'auth'],
]);

/**
 * Reads an error of a plugin. Only a reply that one of nodemailer's commands got can be final; everything else is as
 * sure as the way of the message's octets is.
 *
 * @param stage where the message's octets were
 * @param sent the plugin had taken the last of them
 * @internal
 */
export function pluginEvidence(error: unknown, stage: SmtpStage, sent: boolean): PluginEvidence {
  const code = errorField(error, 'code');
  const response = errorField(error, 'response');
  const command = errorField(error, 'command') ?? '';
  const answered = command.startsWith('AUTH') ? 'auth' : STAGES.get(command);
  if (response !== undefined && answered !== undefined) {
    const reply = parseSmtpReply(response);
    if (reply.code >= 400) return { provenance: 'smtp', stage: answered, reply, endOfDataSent: false };
  }
  const before = BEFORE.get(code ?? '');
  if (before !== undefined && !sent)
    return { provenance: 'network', stage: before, errorCode: code, endOfDataSent: false };
  return { provenance: 'network', stage, errorCode: code, endOfDataSent: sent };
}
