import { isAscii } from '../../core/address/ascii.js';
import type { DeliveryFailure } from '../../core/failure/delivery-failure.js';
import { failedOutcome } from '../../core/failure/delivery-outcome.js';
import { classifyFailure } from '../../core/failure/failure-classifier.js';
import type { Clock } from '../../core/schedule/clock.js';
import {
  MailTransport,
  type TransportRequest,
  type TransportResult,
  type TransportVerification,
} from '../mail-transport.js';
import { labelProblem, LABEL_LIMITS } from '../provider-labels/label-limits.js';
import type { MailLabel } from '../provider-labels/label-provider.js';
import { toldLabels, type ToldLabels } from '../provider-labels/told-labels.js';
import { ApiDelivery } from './api-delivery.js';
import { apiFailure } from './api-failure.js';
import { TriedMail } from './api-mail.js';
import type { HttpLoss } from './http-call.js';
import { HttpExchange } from './http-exchange.js';
import type { MailApi } from './mail-api.js';

/** What every transport over an API is made with. @internal */
export interface HttpApiSettings {
  readonly labels: ReadonlySet<MailLabel>;
  readonly timeoutMs: number;
}

/**
 * Gives mail to the API of a provider.
 *
 * @internal
 */
export class HttpApiTransport extends MailTransport {
  readonly kind: string;
  readonly #exchanges = new Set<HttpExchange>();
  #closed = false;

  constructor(
    private readonly api: MailApi,
    private readonly settings: HttpApiSettings,
    private readonly clock: Clock,
  ) {
    super();
    this.kind = api.kind;
  }

  override async send(request: TransportRequest): Promise<TransportResult> {
    const { envelope } = request;
    const labels = toldLabels(request, this.settings.labels);
    const obstacle = this.#obstacle(request, labels);
    if (obstacle !== undefined || labels === undefined) {
      const failure = this.#classify({
        provenance: 'local',
        stage: 'mail',
        errorCode: obstacle ?? 'EMETADATA',
      });
      return { outcomes: envelope.to.map((address) => failedOutcome(address, failure)) };
    }
    const mail = new TriedMail(request, labels);
    const outcomes = await this.#during(request.signal, request.handOver, (exchange) =>
      new ApiDelivery(this.api, mail, exchange).run(envelope.to),
    );
    return { outcomes };
  }

  override async verify(signal: AbortSignal): Promise<TransportVerification> {
    return this.#during(
      signal,
      () => undefined,
      async (exchange) => {
        const answer = await this.api.check(exchange);
        switch (answer.kind) {
          case 'taken':
            return { ok: true };
          case 'refused':
            return { ok: false, failure: apiFailure(answer.refusal, this.api.provider, this.api.secrets) };
          case 'unclear':
            return { ok: false, failure: this.#classify({ provenance: 'http', stage: 'eod' }) };
          case 'lost':
            // Nothing was given, so nothing can be in doubt.
            return { ok: false, failure: this.#classify({ ...answer.loss, endOfDataSent: false }) };
          default: {
            const never: never = answer;
            return never;
          }
        }
      },
    );
  }

  override close(): Promise<void> {
    this.#closed = true;
    for (const exchange of this.#exchanges) exchange.abort(new Error('the transport was closed'));
    return Promise.resolve();
  }

  /** What this API cannot take, as far as it can be seen before the message is read. */
  #obstacle(request: TransportRequest, labels: ToldLabels | undefined): string | undefined {
    const { envelope, smtpUtf8, sizeBytes } = request;
    const { limits, provider } = this.api;
    if (smtpUtf8 || ![envelope.from, ...envelope.to].every(isAscii)) return 'ESMTPUTF8';
    if (envelope.from === '' && !limits.nullSender) return 'ENULLSENDER';
    if (sizeBytes > limits.maxMessageBytes) return 'ESIZE';
    // Another request would name other recipients in To and Cc.
    if (limits.takes === 'parsed' && envelope.to.length > limits.maxRecipients) return 'ERECIPIENTS';
    return labels && labelProblem(LABEL_LIMITS[provider].api, labels);
  }

  async #during<T>(
    signal: AbortSignal,
    handOver: () => void | Promise<void>,
    work: (exchange: HttpExchange) => Promise<T>,
  ): Promise<T> {
    const { timeoutMs } = this.settings;
    const exchange = new HttpExchange({ signal, clock: this.clock, timeoutMs, handOver });
    if (this.#closed) exchange.abort(new Error('the transport is closed'));
    this.#exchanges.add(exchange);
    try {
      return await work(exchange);
    } finally {
      this.#exchanges.delete(exchange);
    }
  }

  #classify(loss: HttpLoss): DeliveryFailure {
    return classifyFailure({ ...loss, upstream: 'relay', provider: this.api.provider });
  }
}
