import { KEPT_REASONS, type KeptReason } from '../../spool/spool-control.js';
import type { SpooledMail } from '../../spool/spooled-mail.js';
import { UnreadableRecord, unpackMail, unpackRecipients } from './mail-record.js';
import type { ScriptAnswer } from './spool-scripts.js';

/** A mail as a script tells it. */
export interface StoredMail extends SpooledMail {
  /** As it lies there, to tell whether it changed. */
  readonly packedRecipients: string;
  readonly kept: KeptReason | undefined;
}

/** Reads what `told()` of the scripts gives. @throws UnreadableRecord */
export function readStored(id: string, fields: readonly ScriptAnswer[]): StoredMail {
  const [mail, recipients, lane, stream, attempts, kept] = fields;
  const packedRecipients = text(recipients);
  const list = unpackRecipients(packedRecipients);
  return {
    mail: unpackMail(text(mail), { id, lane: text(lane), stream: text(stream) }, list),
    recipients: list,
    attempts: Number(attempts),
    packedRecipients,
    kept: KEPT_REASONS.find((reason) => reason === text(kept)),
  };
}

export function text(answer: ScriptAnswer | undefined): string {
  if (Buffer.isBuffer(answer)) return answer.toString();
  throw new UnreadableRecord('a script answered something else than text');
}

/** True when an answer is a list; every script but those that count answers one, or nothing. */
export function isList(answer: ScriptAnswer | undefined): answer is readonly ScriptAnswer[] {
  return Array.isArray(answer);
}

/** What the mail looks like to those outside. */
export function spooledOf({ mail, recipients, attempts }: StoredMail): SpooledMail {
  return { mail, recipients, attempts };
}
