import { MailRelayError } from '../core/mail-relay-error.js';
import { capture } from './capture/capture.js';
import { log } from './log/log.js';
import { memory } from './memory/memory.js';
import { sendmail } from './sendmail/sendmail.js';
import { smtp } from './smtp/smtp.js';
import type { TransportDefinition } from './transport-definition.js';

const FORMS = 'smtp://, smtps://, sendmail:, capture:<folder>, log: or memory:';

/**
 * The transport that a URL stands for: `smtp://user:pass@host:587`, `smtps://…`, `sendmail:`,
 * `sendmail:/usr/sbin/sendmail`, `capture:.mail`, `log:`, `memory:`.
 * Its name is `default`.
 *
 * @param url is never quoted in an error: it may hold a password
 * @throws MailRelayError `ERR_MAIL_RELAY_OPTIONS`
 * @publicApi
 */
export function transportFromUrl(url: string): TransportDefinition {
  const colon = url.indexOf(':');
  const scheme = url.slice(0, colon + 1).toLowerCase();
  const rest = url.slice(colon + 1);
  switch (scheme) {
    case 'smtp:':
    case 'smtps:':
      return smtp({ url });
    case 'sendmail:':
      return sendmail(rest === '' ? {} : { path: rest });
    case 'capture:':
      return capture({ dir: rest });
    case 'log:':
      return log();
    case 'memory:':
      return memory();
    default:
      throw new MailRelayError(
        'ERR_MAIL_RELAY_OPTIONS',
        `A transport was given as a URL that begins with none of the known schemes; write ${FORMS}.`,
        { field: 'transport' },
      );
  }
}
