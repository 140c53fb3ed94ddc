import type { DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import type { Log } from '../core/log.js';
import type { Clock } from '../core/schedule/clock.js';
import type { Claim, Spool } from '../spool/spool.js';
import type { TransportRegistry } from '../transports/transport-registry.js';
import type { HeldRecipient, TryAnswer, TryGate, TryPassed } from '../transports/try-gate.js';
import { mayFailOver } from './failover.js';
import { askTransport } from './one-try.js';
import type { StreamDelivery } from './relay-settings.js';

/** What a recipient got in an attempt, and from whom. */
export interface TriedOutcome {
  readonly outcome: DeliveryOutcome;
  readonly transport: string;
}

/** What an attempt brought: each of its recipients is in one of the two. */
export interface TriesResult {
  readonly tried: ReadonlyMap<string, TriedOutcome>;
  /** Recipients that no transport was asked for. */
  readonly held: readonly HeldRecipient[];
}

export interface TriesOptions {
  readonly claim: Claim;
  readonly recipients: readonly string[];
  readonly delivery: StreamDelivery;
  readonly transports: TransportRegistry;
  readonly gate: TryGate;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Somebody waits for this attempt, and no worker is kept from other mail by it. */
  readonly patient: boolean;
  readonly log: Log;
}

/** How long a mail waits when a gate failed, milliseconds. */
const GATE_FAILURE_WAIT_MS = 60_000;

/**
 * Asks the transports of a stream in order: each only for recipients still pending, the next only after an
 * unambiguous failure of the transport itself, or when a gate keeps it closed.
 */
export async function tryTransports(options: TriesOptions): Promise<TriesResult> {
  const tries = new Tries(options);
  await tries.along(options.delivery.transports, options.recipients);
  return tries;
}

/** The tries of one attempt. */
class Tries implements TriesResult {
  readonly tried = new Map<string, TriedOutcome>();
  readonly held: HeldRecipient[] = [];
  readonly #o: TriesOptions;
  /** A gate sent it away before. */
  readonly #returning: boolean;
  /** Recipients of every try that reached its handed-over mark: the mark of a later try must not hide them. */
  readonly #handedOver = new Set<string>();

  constructor(options: TriesOptions) {
    this.#o = options;
    this.#returning = options.claim.recipients.some(({ state }) => state === 'held');
  }

  async along(route: readonly string[], recipients: readonly string[]): Promise<void> {
    let pending = recipients;
    let asked = 0;
    let closed = { until: Infinity, reason: 'the stream has no transport' };
    for (const name of route) {
      if (pending.length === 0 || (asked > 0 && this.#o.signal.aborted)) break;
      const entered = this.#enter(name, pending);
      const answer = entered instanceof Promise ? await entered : entered;
      if (answer.kind === 'hold') return this.#hold(pending, answer);
      if (answer.kind === 'closed') {
        if (answer.until < closed.until) closed = answer;
        continue;
      }
      this.held.push(...answer.held);
      asked++;
      const outcomes = await this.#ask(name, answer);
      pending = outcomes
        .filter((one) => one.state === 'deferred' && mayFailOver(one.failure, asked))
        .map(({ address }) => address);
      if (pending.length > 0) this.#logFailure(name, pending.length);
    }
    this.#hold(pending, closed);
  }

  #enter(transport: string, recipients: readonly string[]): TryAnswer | Promise<TryAnswer> {
    const { claim, gate, patient, signal } = this.#o;
    const { mail } = claim;
    try {
      const returning = this.#returning;
      const answer = gate.enter({ mail, transport, recipients, returning, patient, signal });
      return answer instanceof Promise ? answer.catch((error: unknown) => this.#gateFailed(error)) : answer;
    } catch (error) {
      return this.#gateFailed(error);
    }
  }

  #gateFailed(error: unknown): TryAnswer {
    this.#o.log.error(
      `What limits or closes transports could not be asked; mail ${this.#o.claim.mail.id} waits a minute.`,
      error instanceof Error ? error.stack : undefined,
    );
    const until = this.#o.clock.now() + GATE_FAILURE_WAIT_MS;
    return { kind: 'hold', until, reason: 'limits and circuits could not be asked' };
  }

  async #ask(name: string, passed: TryPassed): Promise<readonly DeliveryOutcome[]> {
    const { claim, delivery, transports, spool, signal, log } = this.#o;
    const { recipients } = passed;
    let outcomes: readonly DeliveryOutcome[] = [];
    try {
      if (recipients.length === 0) return outcomes;
      const transport = transports.get(name);
      const { dkim } = delivery;
      const mark = (): void | Promise<void> => {
        for (const address of recipients) this.#handedOver.add(address);
        return spool.mark(claim, name, [...this.#handedOver]);
      };
      outcomes = await askTransport({ claim, name, transport, recipients, dkim, signal, log, mark });
      for (const outcome of outcomes) this.tried.set(outcome.address, { outcome, transport: name });
      return outcomes;
    } finally {
      this.#leave(passed, outcomes);
    }
  }

  #leave(passed: TryPassed, outcomes: readonly DeliveryOutcome[]): void {
    try {
      passed.leave(outcomes);
    } catch (error) {
      // What became of the mail is known, and matters more than the gate's own books.
      this.#o.log.error(
        'What limits or closes transports failed to take note of a try.',
        error instanceof Error ? error.stack : undefined,
      );
    }
  }

  /** Whoever was tried in this attempt has an outcome, and is due again as that says. */
  #hold(recipients: readonly string[], { until, reason }: { until: number; reason: string }): void {
    for (const address of recipients) {
      if (!this.tried.has(address)) this.held.push({ address, until, reason });
    }
  }

  #logFailure(name: string, recipients: number): void {
    this.#o.log.debug(
      `Mail ${this.#o.claim.mail.id}: transport "${name}" failed for ${recipients} of its recipients, which the next of the route may get.`,
    );
  }
}
