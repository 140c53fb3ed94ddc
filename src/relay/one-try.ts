import { classifyFailure } from '../core/failure/failure-classifier.js';
import { failedOutcome, type DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import type { Log } from '../core/log.js';
import type { Claim } from '../spool/spool.js';
import type { DkimKey } from '../transports/dkim-key.js';
import type { MailTransport, TransportRequest, TransportResult } from '../transports/mail-transport.js';

export interface OneTry {
  readonly claim: Claim;
  readonly message: Claim['message'];
  readonly name: string;
  readonly transport: MailTransport;
  readonly recipients: readonly string[];
  readonly dkim?: DkimKey | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Stores the handed-over mark. */
  readonly mark: () => void | Promise<void>;
}

/** Asks one transport once. Every recipient comes back with exactly one outcome, whatever the transport does. */
export async function askTransport(one: OneTry): Promise<readonly DeliveryOutcome[]> {
  const { claim, message, name, transport, recipients, dkim, signal, mark } = one;
  const { mail } = claim;
  let handedOver = false;
  const request: TransportRequest = {
    mailId: mail.id,
    messageId: mail.messageId,
    envelope: { from: mail.envelope.from, to: recipients },
    smtpUtf8: mail.smtpUtf8,
    sizeBytes: mail.sizeBytes,
    message,
    dkim,
    stream: mail.stream,
    tenant: mail.tenant,
    template: mail.template,
    tags: mail.tags,
    metadata: mail.metadata,
    signal,
    handOver: () => {
      handedOver = true;
      return mark();
    },
  };
  try {
    return complete(recipients, await transport.send(request), handedOver);
  } catch (error) {
    // A transport that throws has a bug; the mail must not pay for it.
    one.log.error(
      `Transport "${name}" threw instead of returning an outcome; mail ${mail.id} is tried again.`,
      error instanceof Error ? error.stack : undefined,
    );
    return recipients.map((address) => failedOutcome(address, unanswered(handedOver)));
  }
}

/** One outcome per recipient, whatever the transport returned. */
function complete(
  recipients: readonly string[],
  result: TransportResult,
  handedOver: boolean,
): readonly DeliveryOutcome[] {
  const { outcomes } = result;
  const [only] = outcomes;
  if (outcomes.length === 1 && recipients.length === 1 && only?.address === recipients[0]) return outcomes;
  const byAddress = new Map(outcomes.map((outcome) => [outcome.address, outcome]));
  return recipients.map(
    (address) => byAddress.get(address) ?? failedOutcome(address, unanswered(handedOver)),
  );
}

function unanswered(handedOver: boolean) {
  return classifyFailure({
    provenance: 'local',
    stage: handedOver ? 'eod' : 'conn',
    upstream: 'relay',
    endOfDataSent: handedOver,
  });
}
