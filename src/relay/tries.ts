import type { DeliveryOutcome } from '../core/failure/delivery-outcome.js';
import type { Log } from '../core/log.js';
import { within } from '../core/observation/observe.js';
import type { ObservedStage, StageObserver } from '../core/observation/stage-observer.js';
import type { Clock } from '../core/schedule/clock.js';
import type { Claim, Spool } from '../spool/spool.js';
import { chooseDkimKey, isAligned } from '../transports/dkim-key-choice.js';
import type { DkimKey } from '../transports/dkim-key.js';
import type { RouteLeg, RouteTable } from '../transports/route/route-table.js';
import type { TransportRegistry } from '../transports/transport-registry.js';
import type {
  HeldRecipient,
  TransportClosed,
  TryAnswer,
  TryGate,
  TryPassed,
} from '../transports/try-gate.js';
import { nextTransport, type NextTransport } from './failover.js';
import { failureOf, outcomeOf } from './observed-outcome.js';
import { askTransport } from './one-try.js';
import type { StreamDelivery } from './relay-settings.js';
import { stickingRecipients } from './sticking.js';

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
  readonly message: Claim['message'];
  readonly recipients: readonly string[];
  readonly delivery: StreamDelivery;
  readonly routes: RouteTable;
  readonly transports: TransportRegistry;
  readonly gate: TryGate;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Absent where nobody observes. */
  readonly observer?: StageObserver | undefined;
  /** The stage of the attempt. */
  readonly stage?: ObservedStage | undefined;
  /** Somebody waits for this attempt, and no worker is kept from other mail by it. */
  readonly patient: boolean;
  readonly log: Log;
}

/** How long a mail waits when a gate failed, milliseconds. */
const GATE_FAILURE_WAIT_MS = 60_000;

/**
 * Asks the transports of a mail's route in order: each only for recipients still pending, the next only after an
 * unambiguous failure of the transport itself, or when a gate keeps it closed. Recipients whose ways differ are tried
 * apart.
 */
export async function tryTransports(options: TriesOptions): Promise<TriesResult> {
  const { claim, recipients, routes, transports } = options;
  const tries = new Tries(options);
  const routed = stickingRecipients(claim, recipients, transports);
  for (const leg of routes.legs(claim.mail.fromDomain, routed)) await tries.along(leg);
  return tries;
}

/** A recipient still to be tried, and who may be asked for it. */
interface Pending {
  readonly address: string;
  readonly next: NextTransport;
}

/** The tries of one attempt. */
class Tries implements TriesResult {
  readonly tried = new Map<string, TriedOutcome>();
  readonly held: HeldRecipient[] = [];
  readonly #o: TriesOptions;
  /** A gate sent it away before. */
  readonly #returning: boolean;
  readonly #dkim: DkimKey | undefined;
  /** Recipients of every try that reached its handed-over mark: the mark of a later try must not hide them. */
  readonly #handedOver = new Set<string>();

  constructor(options: TriesOptions) {
    this.#o = options;
    this.#returning = options.claim.recipients.some(({ state }) => state === 'held');
    this.#dkim = chooseDkimKey(options.delivery.dkim, options.claim.mail.fromDomain);
  }

  async along({ transports, recipients }: RouteLeg): Promise<void> {
    let pending: readonly Pending[] = recipients.map((address) => ({ address, next: 'any' }));
    let asked = 0;
    let closed: TransportClosed | undefined;
    for (const name of transports) {
      const some = this.#whomToAsk(name, pending);
      if (some.length === 0) continue;
      if (this.tried.size > 0 && this.#o.signal.aborted) return this.#hold(pending, this.#cutShort());
      const entered = this.#enter(name, some);
      const answer = entered instanceof Promise ? await entered : entered;
      if (answer.kind === 'hold') return this.#hold(pending, answer);
      if (answer.kind === 'closed') {
        if (!closed || answer.until < closed.until) closed = answer;
        continue;
      }
      this.held.push(...answer.held);
      asked++;
      const outcomes = await this.#ask(name, answer);
      pending = this.#stillPending(name, pending, some, outcomes, asked);
    }
    this.#hold(pending, closed ?? this.#cutShort());
  }

  #whomToAsk(name: string, pending: readonly Pending[]): readonly string[] {
    const isEnough = pending.some(({ next }) => next === 'authenticating') && this.#authenticates(name);
    return pending.filter(({ next }) => next === 'any' || isEnough).map(({ address }) => address);
  }

  #authenticates(name: string): boolean {
    const { fromDomain } = this.#o.claim.mail;
    const isSigned = this.#dkim !== undefined && isAligned(this.#dkim, fromDomain);
    return isSigned || this.#o.routes.authenticates(name, fromDomain);
  }

  #stillPending(
    name: string,
    before: readonly Pending[],
    asked: readonly string[],
    outcomes: readonly DeliveryOutcome[],
    tries: number,
  ): readonly Pending[] {
    const { attempt } = this.#o.claim;
    const failed = outcomes
      .map((one): Pending => ({
        address: one.address,
        next: nextTransport(one, { asked: tries, attempt }),
      }))
      .filter(({ next }) => next !== 'none');
    if (failed.length > 0) this.#logFailure(name, failed.length);
    return before.length === asked.length
      ? failed
      : [...failed, ...before.filter(({ address }) => !asked.includes(address))];
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
    const { claim, message, transports, spool, signal, log } = this.#o;
    const { recipients } = passed;
    let outcomes: readonly DeliveryOutcome[] = [];
    const observed = recipients.length > 0 ? this.#observe(name, recipients.length) : undefined;
    try {
      if (recipients.length === 0) return outcomes;
      const transport = transports.get(name);
      const dkim = this.#dkim;
      const mark = (): void | Promise<void> => {
        for (const address of recipients) this.#handedOver.add(address);
        return spool.mark(claim, name, [...this.#handedOver]);
      };
      outcomes = await within(observed, () =>
        askTransport({ claim, message, name, transport, recipients, dkim, signal, log, mark }),
      );
      for (const outcome of outcomes) this.tried.set(outcome.address, { outcome, transport: name });
      return outcomes;
    } finally {
      observed?.end(outcomeOf(outcomes), failureOf(outcomes));
      this.#leave(passed, outcomes);
    }
  }

  #observe(transport: string, recipients: number): ObservedStage | undefined {
    const { observer, claim, stage } = this.#o;
    if (!observer) return undefined;
    const { id: mailId, relay, stream, template, traceparent } = claim.mail;
    return observer.begin('try', {
      relay,
      stream,
      mailId,
      recipients,
      template,
      transport,
      attempt: claim.attempt,
      traceparent: stage?.traceparent ?? traceparent,
    });
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
  #hold(recipients: readonly Pending[], { until, reason }: { until: number; reason: string }): void {
    for (const { address } of recipients) {
      if (!this.tried.has(address)) this.held.push({ address, until, reason });
    }
  }

  #cutShort(): { until: number; reason: string } {
    return { until: this.#o.clock.now(), reason: 'the attempt was cut short' };
  }

  #logFailure(name: string, recipients: number): void {
    this.#o.log.debug(
      `Mail ${this.#o.claim.mail.id}: transport "${name}" failed for ${recipients} of its recipients, which the next of the route may get.`,
    );
  }
}
