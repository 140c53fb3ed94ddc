import { deliverLocally } from '../local-delivery.js';
import {
  MailTransport,
  type TransportRequest,
  type TransportResult,
  type TransportVerification,
} from '../mail-transport.js';

const MAX_DOMAINS = 5;

/**
 * Writes one line per mail and lets the mail go.
 *
 * @internal
 */
export class LogTransport extends MailTransport {
  readonly kind = 'log';

  constructor(private readonly write: (line: string) => void) {
    super();
  }

  override send(request: TransportRequest): Promise<TransportResult> {
    return deliverLocally(request, {
      commit: (message) => this.write(describe(request, message.length)),
    });
  }

  override verify(): Promise<TransportVerification> {
    return Promise.resolve({ ok: true });
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Recipients appear as domains: a log is read by more people than a mailbox. */
function describe({ mailId, stream, envelope }: TransportRequest, bytes: number): string {
  const domains = [...new Set(envelope.to.map((address) => address.slice(address.lastIndexOf('@') + 1)))];
  const shown = domains.slice(0, MAX_DOMAINS).join(', ');
  const more = domains.length > MAX_DOMAINS ? ` and ${domains.length - MAX_DOMAINS} more domains` : '';
  const recipients = `${envelope.to.length} ${envelope.to.length === 1 ? 'recipient' : 'recipients'}`;
  return `Mail ${mailId} of stream "${stream}", ${bytes} bytes, for ${recipients} at ${shown}${more}.`;
}
