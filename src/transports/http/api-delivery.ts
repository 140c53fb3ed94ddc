import { failedOutcome, type DeliveryOutcome } from '../../core/failure/delivery-outcome.js';
import type { DeliveryFailure } from '../../core/failure/delivery-failure.js';
import { classifyFailure } from '../../core/failure/failure-classifier.js';
import type { ApiAnswer, ApiRefusal } from './api-answer.js';
import { apiFailure } from './api-failure.js';
import type { TriedMail } from './api-mail.js';
import type { HttpLoss } from './http-call.js';
import type { HttpExchange } from './http-exchange.js';
import { Inexpressible } from './inexpressible.js';
import type { MailApi } from './mail-api.js';

/**
 * One try: asks the API for all recipients, or as many as it takes at a time, and finds an outcome for each of them.
 *
 * @internal
 */
export class ApiDelivery {
  readonly #outcomes = new Map<string, DeliveryOutcome>();
  /** Set once it makes no sense to ask again: whoever is left shares it. */
  #end: DeliveryFailure | undefined;

  constructor(
    private readonly api: MailApi,
    private readonly mail: TriedMail,
    private readonly exchange: HttpExchange,
  ) {}

  /** Never rejects, but for a bug. */
  async run(recipients: readonly string[]): Promise<readonly DeliveryOutcome[]> {
    const { maxRecipients } = this.api.limits;
    for (let from = 0; from < recipients.length; from += maxRecipients) {
      await this.#give(recipients.slice(from, from + maxRecipients));
    }
    return recipients.map(
      (address) => this.#outcomes.get(address) ?? failedOutcome(address, this.#unasked()),
    );
  }

  async #give(recipients: readonly string[]): Promise<void> {
    if (this.#end !== undefined) return;
    const answer = await this.#submit(recipients);
    switch (answer.kind) {
      case 'taken':
        for (const address of recipients) this.#outcomes.set(address, this.#outcomeOf(address, answer));
        return;
      case 'refused':
        return this.#refused(recipients, answer.refusal);
      case 'unclear':
        return this.#failed(
          recipients,
          this.#classify({ provenance: 'http', stage: 'eod', endOfDataSent: true }),
        );
      case 'lost':
        // Recipients that this API cannot name together go apart.
        if (answer.loss.errorCode === 'ERECIPIENTS' && recipients.length > 1)
          return this.#giveHalves(recipients);
        return this.#failed(recipients, this.#classify(answer.loss));
      default: {
        const never: never = answer;
        return never;
      }
    }
  }

  async #submit(recipients: readonly string[]): Promise<ApiAnswer> {
    const over = this.exchange.over;
    if (over !== undefined) return { kind: 'lost', loss: over };
    try {
      const mail = this.mail.forRecipients(recipients);
      const answer = await this.api.submit(mail, this.exchange);
      // The same key brings the same answer, and no second mail.
      const again = this.api.limits.idempotent && isAmbiguous(answer) && this.exchange.over === undefined;
      return again ? await this.api.submit(mail, this.exchange) : answer;
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error;
      return { kind: 'lost', loss: { provenance: 'local', stage: 'body', errorCode: error.code } };
    }
  }

  /** An API that refuses one address refuses the request; who it was is found by asking for fewer. */
  async #refused(recipients: readonly string[], refusal: ApiRefusal): Promise<void> {
    const failure = this.#failureOf(refusal);
    if (failure.scope !== 'recipient' || recipients.length === 1) return this.#failed(recipients, failure);
    return this.#giveHalves(recipients);
  }

  async #giveHalves(recipients: readonly string[]): Promise<void> {
    const middle = Math.ceil(recipients.length / 2);
    await this.#give(recipients.slice(0, middle));
    await this.#give(recipients.slice(middle));
  }

  #failed(recipients: readonly string[], failure: DeliveryFailure): void {
    for (const address of recipients) this.#outcomes.set(address, failedOutcome(address, failure));
    if (failure.scope !== 'recipient') this.#end = failure;
  }

  #outcomeOf(address: string, answer: ApiAnswer & { readonly kind: 'taken' }): DeliveryOutcome {
    const refusal = answer.refused?.get(address);
    if (refusal !== undefined) return failedOutcome(address, this.#failureOf(refusal));
    const providerMessageId = answer.ids?.get(address) ?? answer.id;
    return providerMessageId === undefined
      ? { address, state: 'sent' }
      : { address, state: 'sent', providerMessageId: providerMessageId.slice(0, 512) };
  }

  /** Recipients that nobody was asked for share what ended the try, but not its doubt. */
  #unasked(): DeliveryFailure {
    const end = this.#end;
    if (end !== undefined && !end.ambiguous) return end;
    return this.#classify({ provenance: 'local', stage: 'conn', errorCode: 'ENOTASKED' });
  }

  #failureOf(refusal: ApiRefusal): DeliveryFailure {
    return apiFailure(refusal, this.api.provider, this.api.secrets);
  }

  #classify(loss: HttpLoss): DeliveryFailure {
    return classifyFailure({ ...loss, upstream: 'relay', provider: this.api.provider });
  }
}

function isAmbiguous(answer: ApiAnswer): boolean {
  if (answer.kind === 'lost') return answer.loss.endOfDataSent === true;
  return answer.kind === 'unclear' || (answer.kind === 'refused' && answer.refusal.status >= 500);
}
