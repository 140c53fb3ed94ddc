import { isBeforeMail } from '../../core/failure/before-mail.js';
import type { FailureClass } from '../../core/failure/delivery-failure.js';
import type { DeliveryOutcome } from '../../core/failure/delivery-outcome.js';
import type { DestinationSign } from './destination-window.js';

/** What a try told of one destination, and of the transport where it slowed every mail down. */
export interface DestinationReading {
  readonly destination: DestinationSign;
  /** The transport as a whole asked for less: it throttled before it was told whom the mail is for. */
  readonly throttled: boolean;
  /** How long it asked to be left alone, milliseconds. */
  readonly restMs: number;
}

const ANSWERED: DestinationReading = { destination: 'answer', throttled: false, restMs: 0 };
const SILENT: DestinationReading = { destination: 'none', throttled: false, restMs: 0 };

const UNANSWERED: ReadonlySet<FailureClass> = new Set(['network', 'tls', 'protocol', 'uncertain']);

/** Reads what became of the recipients at one destination. Refusals are answers: the destination works. */
export function readDestination(outcomes: readonly DeliveryOutcome[]): DestinationReading {
  let reading = SILENT;
  for (const outcome of outcomes) {
    const one = readOutcome(outcome);
    if (one === ANSWERED) return ANSWERED;
    if (one !== SILENT) reading = one;
  }
  return reading;
}

/** True when the upstream never heard of the message, so that it cannot have counted it. */
export function neverLeft(outcome: DeliveryOutcome | undefined): boolean {
  if (outcome === undefined) return true;
  return outcome.state === 'deferred' && isBeforeMail(outcome.failure.stage);
}

function readOutcome(outcome: DeliveryOutcome): DestinationReading {
  if (outcome.state === 'sent') return ANSWERED;
  const { class: failed, stage, blame, retryAfterMs = 0 } = outcome.failure;
  if (failed === 'rate.destination') {
    const throttled = isBeforeMail(stage);
    return { destination: throttled ? 'none' : 'trouble', throttled, restMs: retryAfterMs };
  }
  if (isBeforeMail(stage)) return SILENT;
  if (!UNANSWERED.has(failed)) return ANSWERED;
  return blame === 'us' && failed === 'network'
    ? SILENT
    : { destination: 'trouble', throttled: false, restMs: 0 };
}
