import type { Clock } from '../../core/schedule/clock.js';
import { failedOutcome, type DeliveryOutcome } from '../../core/failure/delivery-outcome.js';
import type { DeliveryFailure } from '../../core/failure/delivery-failure.js';
import { classifyFailure } from '../../core/failure/failure-classifier.js';
import { providerOfHost, type ProviderName } from '../../core/failure/provider.js';
import {
  MailTransport,
  type TransportRequest,
  type TransportResult,
  type TransportVerification,
} from '../mail-transport.js';
import type { SmtpClient } from './smtp-client.js';
import { SmtpConnectionPool } from './smtp-connection-pool.js';
import type { SmtpErrorEvidence } from './smtp-error-evidence.js';
import type { SmtpSettings } from './smtp-options.js';
import { SmtpTransaction, type TransactionEnd } from './smtp-transaction.js';

/**
 * Gives mail to one SMTP relay over a few connections that it keeps.
 *
 * @see RFC 5321
 * @internal
 */
export class SmtpTransport extends MailTransport {
  readonly kind = 'smtp';
  readonly #pool: SmtpConnectionPool;
  readonly #provider: ProviderName | undefined;

  constructor(
    private readonly settings: SmtpSettings,
    clock: Clock,
  ) {
    super();
    this.#pool = new SmtpConnectionPool(settings, clock);
    this.#provider = settings.provider?.provider ?? providerOfHost(settings.host);
  }

  override async send(request: TransportRequest): Promise<TransportResult> {
    const result = await this.#give(request);
    const tooMany = result.outcomes.filter(isOneOfTooMany);
    if (tooMany.length < 2) return result;
    return this.#giveHalves(request, result, tooMany);
  }

  override async verify(signal: AbortSignal): Promise<TransportVerification> {
    let lease = await this.#pool.acquire(signal);
    // A kept connection has to show that it is still alive.
    if (lease.ok && !lease.client.fresh) {
      const { client } = lease;
      const onAbort = () => client.close();
      signal.addEventListener('abort', onAbort);
      const alive = await client.reset();
      signal.removeEventListener('abort', onAbort);
      if (!alive) lease = await this.#pool.replace(client, signal);
    }
    if (!lease.ok) return { ok: false, failure: this.#classify(lease.evidence) };
    this.#pool.release(lease.client, 'keep');
    return { ok: true };
  }

  override close(): Promise<void> {
    return this.#pool.close();
  }

  async #give(request: TransportRequest): Promise<TransportResult> {
    const { signal } = request;
    let lease = await this.#pool.acquire(signal);
    if (!lease.ok) return this.#failed(request, lease.evidence);
    let end = await this.#run(lease.client, request);
    // Servers end connections when they like. A kept one that was gone before it took anything is no failure of
    // theirs or ours; a new one that goes the same way is.
    if (end.lost && !lease.client.fresh) {
      lease = await this.#pool.replace(lease.client, signal);
      if (!lease.ok) return this.#failed(request, lease.evidence);
      end = await this.#run(lease.client, request);
    }
    this.#pool.release(lease.client, end.connection);
    return { outcomes: end.outcomes };
  }

  /**
   * Tries those who were too many together by halves, down to one. A server that does not even take one means something
   * else, and is not asked for the others.
   */
  async #giveHalves(
    request: TransportRequest,
    { outcomes }: TransportResult,
    tooMany: readonly DeliveryOutcome[],
  ): Promise<TransportResult> {
    const addresses = tooMany.map(({ address }) => address);
    const middle = Math.ceil(addresses.length / 2);
    // One mark stands before the first final dot, and names them all.
    let marked: void | Promise<void>;
    let isMarked = tooMany.some((one) => one.state !== 'sent' && one.failure.stage === 'eod');
    const handOver = (): void | Promise<void> => {
      if (!isMarked) marked = request.handOver();
      isMarked = true;
      return marked;
    };
    const found = new Map<string, DeliveryOutcome>();
    let end: DeliveryFailure | undefined;
    for (const to of [addresses.slice(0, middle), addresses.slice(middle)]) {
      const tried = await this.#giveUnless(end, {
        ...request,
        envelope: { ...request.envelope, to },
        handOver,
      });
      for (const outcome of tried) found.set(outcome.address, outcome);
      end ??= endOf(tried);
    }
    return { outcomes: outcomes.map((outcome) => found.get(outcome.address) ?? outcome) };
  }

  async #giveUnless(
    end: DeliveryFailure | undefined,
    request: TransportRequest,
  ): Promise<readonly DeliveryOutcome[]> {
    if (end) return request.envelope.to.map((address) => failedOutcome(address, end));
    return (await this.send(request)).outcomes;
  }

  #run(client: SmtpClient, request: TransportRequest): Promise<TransactionEnd> {
    return new SmtpTransaction(client, request, this.#provider, this.settings.replyTimeoutMs).run();
  }

  #failed({ envelope }: TransportRequest, evidence: SmtpErrorEvidence): TransportResult {
    const failure = this.#classify(evidence);
    return { outcomes: envelope.to.map((address) => failedOutcome(address, failure)) };
  }

  #classify(evidence: SmtpErrorEvidence) {
    return classifyFailure({ ...evidence, upstream: 'relay', provider: this.#provider });
  }
}

/** Refused together with others, because they are too many for one transaction. */
/** What stands in the way of everybody, where nobody got through. */
function endOf(outcomes: readonly DeliveryOutcome[]): DeliveryFailure | undefined {
  let end: DeliveryFailure | undefined;
  for (const outcome of outcomes) {
    if (outcome.state === 'sent') return undefined;
    if (outcome.failure.scope === 'transport' && !outcome.failure.ambiguous) end = outcome.failure;
  }
  return end;
}

function isOneOfTooMany(outcome: DeliveryOutcome): boolean {
  return outcome.state !== 'sent' && outcome.failure.class === 'split' && outcome.failure.stage !== 'rcpt';
}
