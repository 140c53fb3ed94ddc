import type { SmtpStage } from './delivery-failure.js';

const BEFORE_MAIL: ReadonlySet<SmtpStage> = new Set(['dns', 'conn', 'greeting', 'ehlo', 'tls', 'auth']);

/** True where nothing has been said of any mail yet: whoever fails here fails for every one. @internal */
export function isBeforeMail(stage: SmtpStage): boolean {
  return BEFORE_MAIL.has(stage);
}
