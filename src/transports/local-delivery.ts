import type { DeliveryFailure } from '../core/failure/delivery-failure.js';
import { failedOutcome } from '../core/failure/delivery-outcome.js';
import { classifyFailure } from '../core/failure/failure-classifier.js';
import { abortEvidence } from './abort-evidence.js';
import type { TransportRequest, TransportResult } from './mail-transport.js';

/** The two steps of a transport that gives mail to nobody but this machine. @internal */
export interface LocalDelivery {
  /** Everything that can fail, and can be undone by forgetting it. */
  prepare?(message: Buffer): Promise<void>;
  /** Takes the message. */
  commit(message: Buffer): void | Promise<void>;
}

/**
 * Takes a message in the order that every transport keeps: read it, store the handed-over mark, take it.
 *
 * @internal
 */
export async function deliverLocally(
  request: TransportRequest,
  delivery: LocalDelivery,
): Promise<TransportResult> {
  const { envelope, signal } = request;
  try {
    if (signal.aborted) return aborted(request);
    const message = await request.message();
    await delivery.prepare?.(message);
    if (signal.aborted) return aborted(request);
    await request.handOver();
    if (signal.aborted) return aborted(request);
    await delivery.commit(message);
  } catch (error) {
    return result(request, localFailure(error));
  }
  return { outcomes: envelope.to.map((address) => ({ address, state: 'sent' })) };
}

/** What an error of this machine means for a mail. @internal */
export function localFailure(error: unknown): DeliveryFailure {
  const errorCode = error instanceof Error && 'code' in error ? String(error.code) : 'ELOCAL';
  return classifyFailure({ provenance: 'local', stage: 'body', upstream: 'relay', errorCode });
}

function aborted(request: TransportRequest): TransportResult {
  return result(request, classifyFailure({ ...abortEvidence(request.signal, 'body'), upstream: 'relay' }));
}

function result({ envelope }: TransportRequest, failure: DeliveryFailure): TransportResult {
  return { outcomes: envelope.to.map((address) => failedOutcome(address, failure)) };
}
