import { failedOutcome } from '../../core/failure/delivery-outcome.js';
import { classifyFailure } from '../../core/failure/failure-classifier.js';
import {
  MailTransport,
  type TransportRequest,
  type TransportResult,
  type TransportVerification,
} from '../mail-transport.js';
import { headerLines } from './header-lines.js';
import { labelHeaders, withoutOwnId } from './label-headers.js';
import { labelProblem, LABEL_LIMITS } from './label-limits.js';
import type { ProviderLabelSettings } from './provider-option.js';
import { toldLabels } from './told-labels.js';

/**
 * An SMTP transport whose server reads tags and metadata from header fields of its own: puts them in front of each
 * message. A mail whose labels the provider cannot take fails here, and nothing of it leaves.
 *
 * @internal
 */
export class LabelledTransport extends MailTransport {
  readonly kind: string;

  constructor(
    private readonly inner: MailTransport,
    private readonly settings: ProviderLabelSettings,
  ) {
    super();
    this.kind = inner.kind;
  }

  override send(request: TransportRequest): Promise<TransportResult> {
    const added = this.#headers(request);
    if (typeof added === 'string') return Promise.resolve(refused(request, added));
    return this.inner.send({
      ...request,
      sizeBytes: request.sizeBytes + added.length,
      message: async () => Buffer.concat([added, await request.message()]),
    });
  }

  override verify(signal: AbortSignal): Promise<TransportVerification> {
    return this.inner.verify(signal);
  }

  override close(): Promise<void> {
    return this.inner.close();
  }

  #headers(request: TransportRequest): Buffer | 'ETAGS' | 'EMETADATA' {
    const { provider, labels } = this.settings;
    const given = toldLabels(request, labels);
    if (given === undefined) return 'EMETADATA';
    const told = withoutOwnId(provider, given);
    const problem = labelProblem(LABEL_LIMITS[provider].smtp, told);
    return problem ?? headerLines(labelHeaders(provider, told, this.settings, request)) ?? 'EMETADATA';
  }
}

function refused({ envelope }: TransportRequest, errorCode: string): TransportResult {
  const failure = classifyFailure({ provenance: 'local', stage: 'mail', upstream: 'relay', errorCode });
  return { outcomes: envelope.to.map((address) => failedOutcome(address, failure)) };
}
