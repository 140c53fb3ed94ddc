import { classifyFailure } from '../core/failure/failure-classifier.js';
import { failedOutcome, type DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import type { Log } from '../core/log.js';
import type { Claim, Spool } from '../spool/spool.js';
import type { MailTransport, TransportRequest, TransportResult } from '../transports/mail-transport.js';
import type { TransportRegistry } from '../transports/transport-registry.js';
import { mayFailOver } from './failover.js';
import type { StreamDelivery } from './relay-settings.js';

/** What a recipient got in an attempt, and from whom. */
export interface TriedOutcome {
  readonly outcome: DeliveryOutcome;
  readonly transport: string;
}

export interface TriesOptions {
  readonly claim: Claim;
  readonly recipients: readonly string[];
  readonly delivery: StreamDelivery;
  readonly transports: TransportRegistry;
  readonly spool: Spool;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Asks the transports of a stream in order: each only for recipients still pending, the next only after an
 * unambiguous failure of the transport itself. Every recipient comes back with exactly one outcome.
 */
export async function tryTransports(options: TriesOptions): Promise<ReadonlyMap<string, TriedOutcome>> {
  const { claim, delivery, transports, signal } = options;
  const tried = new Map<string, TriedOutcome>();
  let pending = options.recipients;
  let tries = 0;
  for (const name of delivery.transports) {
    if (pending.length === 0 || (tries > 0 && signal.aborted)) break;
    tries++;
    const result = await oneTry(options, name, transports.get(name), pending);
    for (const outcome of result) tried.set(outcome.address, { outcome, transport: name });
    pending = result
      .filter((one) => one.state === 'deferred' && mayFailOver(one.failure, tries))
      .map(addressOf);
    if (pending.length > 0 && tries < delivery.transports.length) {
      options.log.debug(
        `Mail ${claim.mail.id}: transport "${name}" failed, the next one is asked for ${pending.length} of its recipients.`,
      );
    }
  }
  return tried;
}

async function oneTry(
  options: TriesOptions,
  name: string,
  transport: MailTransport,
  recipients: readonly string[],
): Promise<readonly DeliveryOutcome[]> {
  const { claim, delivery, spool, signal } = options;
  const { mail } = claim;
  let handedOver = false;
  const request: TransportRequest = {
    mailId: mail.id,
    messageId: mail.messageId,
    envelope: { from: mail.envelope.from, to: recipients },
    smtpUtf8: mail.smtpUtf8,
    sizeBytes: mail.sizeBytes,
    message: claim.message,
    dkim: delivery.dkim,
    stream: mail.stream,
    tags: mail.tags,
    metadata: mail.metadata,
    signal,
    handOver: () => {
      handedOver = true;
      return spool.mark(claim, name, recipients);
    },
  };
  try {
    return complete(recipients, await transport.send(request), handedOver);
  } catch (error) {
    // A transport that throws has a bug; the mail must not pay for it.
    options.log.error(
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

function addressOf(outcome: DeliveryOutcome): string {
  return outcome.address;
}
