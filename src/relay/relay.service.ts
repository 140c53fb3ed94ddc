import type { Clock, Random } from '../core/schedule/clock.js';
import { classifyFailure } from '../core/failure/failure-classifier.js';
import { failedOutcome } from '../core/failure/delivery-outcome.js';
import type { Log } from '../core/log.js';
import type { MailId } from '../core/mail/mail-id.js';
import { codeOf, within } from '../core/observation/observe.js';
import type { ObservedStage, StageObserver } from '../core/observation/stage-observer.js';
import { withMessageDate } from '../core/mail/message-date.js';
import { judge, type JudgedRecipient } from '../core/schedule/verdict.js';
import type { MailEventPublisher } from '../events/mail-event-bus.js';
import type { Admission, PolicyChain } from '../policies/policy-chain.js';
import type { Claim, Settlement, Spool } from '../spool/spool.js';
import type { SpooledMail, SpooledRecipient } from '../spool/spooled-mail.js';
import { RouteTable } from '../transports/route/route-table.js';
import type { Tenants } from '../tenants/tenants.js';
import type { TransportRegistry } from '../transports/transport-registry.js';
import type { HeldRecipient, TryGate } from '../transports/try-gate.js';
import { AttemptDeadline } from './attempt-deadline.js';
import { failureOf, outcomeOf } from './observed-outcome.js';
import { outcomeEvent } from './outcome-events.js';
import type { RelaySettings, StreamDelivery } from './relay-settings.js';
import { TransportNews } from './transport-news.js';
import { tryTransports, type TriedOutcome, type TriesResult } from './tries.js';

export interface RelayServiceOptions {
  readonly settings: RelaySettings;
  readonly spool: Spool;
  readonly policies: PolicyChain;
  readonly transports: TransportRegistry;
  /** Asked before each try. */
  readonly gate: TryGate;
  /** Absent where tenants are only a label. */
  readonly tenants?: Pick<Tenants, 'wayOf'> | undefined;
  readonly events: MailEventPublisher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Absent where nobody observes. */
  readonly observer?: StageObserver | undefined;
  /** Told when a mail becomes due again. */
  readonly expect: (at: number) => void;
}

/** How long a mail waits when a dispatch policy failed, milliseconds. */
const POLICY_FAILURE_WAIT_MS = 60_000;
/** The least time a mail is held, so that a gate which names the present moment makes no loop, milliseconds. */
const LEAST_HOLD_MS = 100;
/** From this attempt on a deferral is worth a warning. */
const WARN_FROM_ATTEMPT = 3;
/** So many workers may die of a mail in a row before it is set aside. */
const MAX_CRASHES = 3;

/**
 * The consumer: takes a claimed mail through one attempt. Dispatch check, select, send, judge, settle, publish, in
 * this order: what is published was settled before, and what was settled is never sent again.
 */
export class RelayService {
  readonly #o: RelayServiceOptions;
  readonly #news = new TransportNews();
  readonly #routes = new WeakMap<StreamDelivery, RouteTable>();

  constructor(options: RelayServiceOptions) {
    this.#o = options;
  }

  /** Claims a mail and works on it; undefined when it was not to be had. */
  async process(id: MailId, shutdown: AbortSignal): Promise<SpooledMail | undefined> {
    const { spool, settings } = this.#o;
    const claim = await spool.claim(id, settings);
    return claim && this.deliver(claim, shutdown);
  }

  /**
   * Works on a claimed mail: one attempt. Undefined when the claim was lost on the way.
   *
   * @param patient somebody waits for it, and it keeps no worker from other mail
   */
  async deliver(claim: Claim, shutdown: AbortSignal, patient = false): Promise<SpooledMail | undefined> {
    const deadline = new AttemptDeadline(this.#o, claim, shutdown);
    const stage = this.#observe(claim);
    let settled: SpooledMail | undefined;
    let refused: string | undefined;
    try {
      settled = await within(stage, () => this.#attempt(claim, deadline.signal, shutdown, patient, stage));
      return settled;
    } catch (error) {
      refused = codeOf(error);
      throw error;
    } finally {
      deadline.end();
      if (stage) endStage(stage, claim, settled, refused);
    }
  }

  #observe({ mail, attempt, recipients }: Claim): ObservedStage | undefined {
    const { observer } = this.#o;
    if (!observer) return undefined;
    const { id: mailId, relay, stream, template, traceparent } = mail;
    const facts = { relay, stream, mailId, template, traceparent, attempt, recipients: recipients.length };
    return observer.begin('attempt', facts);
  }

  /** Ends a claim without an attempt: the mail is due as before. False when the claim was lost. */
  async release(claim: Claim): Promise<boolean> {
    const { recipients } = claim;
    return (await this.#o.spool.settle(claim, { recipients, countAttempt: false })) !== undefined;
  }

  async #attempt(
    claim: Claim,
    signal: AbortSignal,
    shutdown: AbortSignal,
    patient: boolean,
    stage: ObservedStage | undefined,
  ): Promise<SpooledMail | undefined> {
    const { mail, abandoned } = claim;
    const delivery = this.#deliveryOf(mail.stream);
    if (abandoned) return this.#judge(claim, triedOnly(abandonedOutcomes(claim, abandoned)), delivery);

    if (claim.crashes >= MAX_CRASHES) return this.#setAside(claim);

    const due = claim.recipients.map(({ address }) => address);
    if (this.#o.clock.now() >= mail.expiresAt) {
      return this.#judge(claim, triedOnly(expiredOutcomes(claim)), delivery);
    }

    const admission = await this.#dispatchCheck(claim, due);
    if (admission.hold) return this.#hold(claim, admission, admission.hold);

    const { recipients } = admission;
    const { tenants, transports } = this.#o;
    const routes = this.#routesOf(delivery);
    const message = messageOf(claim);
    const ordinary = {
      ...this.#o,
      claim,
      message,
      recipients,
      delivery,
      routes,
      transports,
      signal,
      patient,
      stage,
    };
    if (!tenants || mail.tenant === '') {
      return this.#judge(claim, await tryTransports(ordinary), delivery, admission, shutdown.aborted);
    }
    const way = await tenants.wayOf(mail);
    if (way.kind === 'hold') return this.#hold(claim, admission, way);
    try {
      const { dkim, own } = way;
      const ways = own && { routes: own.routes, transports: own.registry };
      const result = await tryTransports({ ...ordinary, ...ways, delivery: { ...delivery, dkim } });
      return await this.#judge(claim, result, delivery, admission, shutdown.aborted);
    } finally {
      way.release();
    }
  }

  #deliveryOf(stream: string): StreamDelivery {
    const delivery = this.#o.settings.streams.get(stream) ?? this.#o.settings.streams.get('transactional');
    if (!delivery) throw new TypeError('the stream "transactional" is always there');
    return delivery;
  }

  /** Worked out with the first mail of a stream. */
  #routesOf(delivery: StreamDelivery): RouteTable {
    const known = this.#routes.get(delivery);
    if (known) return known;
    const made = new RouteTable(delivery.route);
    this.#routes.set(delivery, made);
    return made;
  }

  async #dispatchCheck(claim: Claim, due: readonly string[]): Promise<Admission> {
    try {
      return await this.#o.policies.dispatch(claim.mail, due);
    } catch (error) {
      this.#o.log.error(
        `A dispatch policy failed; mail ${claim.mail.id} waits a minute.`,
        error instanceof Error ? error.stack : undefined,
      );
      const until = this.#o.clock.now() + POLICY_FAILURE_WAIT_MS;
      return { recipients: [], suppressed: [], hold: { until, reason: 'a dispatch policy failed' } };
    }
  }

  /** Nobody tries a mail whose workers die of it; an operator decides. */
  async #setAside(claim: Claim): Promise<SpooledMail | undefined> {
    const reason = `set aside: ${claim.crashes} workers in a row ended without a result while they had it`;
    this.#o.log.error(`Mail ${claim.mail.id} was ${reason}. Replay or discard it.`);
    const recipients = claim.recipients.map(({ address, transport, failure }): SpooledRecipient => ({
      address,
      state: 'held',
      transport,
      failure,
      reason,
    }));
    return this.#settle(claim, { recipients, countAttempt: false });
  }

  async #hold(claim: Claim, admission: Admission, hold: NonNullable<Admission['hold']>) {
    const suppressed = new Set(admission.suppressed.map(({ address }) => address));
    const recipients = claim.recipients.map((recipient): SpooledRecipient =>
      suppressed.has(recipient.address)
        ? suppressedRecipient(recipient.address, admission)
        : this.#held(claim, recipient, hold),
    );
    return this.#settle(claim, { recipients, countAttempt: false });
  }

  #held(claim: Claim, recipient: SpooledRecipient, hold: Omit<HeldRecipient, 'address'>): SpooledRecipient {
    const until = Math.max(hold.until, this.#o.clock.now() + LEAST_HOLD_MS);
    return {
      ...recipient,
      state: 'held',
      reason: hold.reason,
      dueAt: Math.min(until, claim.mail.expiresAt),
    };
  }

  async #judge(
    claim: Claim,
    { tried, held }: TriesResult,
    delivery: StreamDelivery,
    admission?: Admission,
    released = false,
  ): Promise<SpooledMail | undefined> {
    const now = this.#o.clock.now();
    const verdict = judge({
      outcomes: Array.from(tried.values(), ({ outcome }) => outcome),
      attempt: claim.attempt,
      now,
      createdAt: claim.mail.dueAt,
      expiresAt: claim.mail.expiresAt,
      policy: delivery.retry,
      uncertain: delivery.uncertain,
      random: this.#o.random,
    });
    const recipients = verdict.recipients.map((judged) =>
      spooledRecipient(judged, tried, released ? now : undefined),
    );
    for (const hold of held) {
      const recipient = claim.recipients.find(({ address }) => address === hold.address);
      if (recipient && !tried.has(hold.address)) recipients.push(this.#held(claim, recipient, hold));
    }
    for (const { address } of admission?.suppressed ?? []) {
      recipients.push(suppressedRecipient(address, admission));
    }
    // An attempt in which nobody but held recipients is left has used up nothing of their schedule.
    const isHeldBack = held.length > 0 && verdict.kind !== 'retry';
    const countAttempt = verdict.countAttempt && !isHeldBack && !(released && verdict.kind === 'retry');
    return this.#settle(claim, { recipients, countAttempt }, verdict.recipients);
  }

  async #settle(
    claim: Claim,
    settlement: Settlement,
    judged: readonly JudgedRecipient[] = [],
  ): Promise<SpooledMail | undefined> {
    const { spool, events, clock, expect } = this.#o;
    const now = clock.now();
    const told = settlement.recipients.flatMap(
      (recipient, i) => outcomeEvent(claim.mail, recipient, claim.attempt, now, judged[i]?.reply) ?? [],
    );
    const settled = await spool.settle(claim, { ...settlement, events: told });
    if (!settled) {
      this.#o.log.warn(
        `Mail ${claim.mail.id}: the claim was lost before attempt ${claim.attempt} was settled.`,
      );
      return undefined;
    }
    for (const { dueAt } of settlement.recipients) if (dueAt !== undefined) expect(dueAt);
    events.publish(told);
    this.#logAttempt(claim, settlement);
    return settled;
  }

  #logAttempt(claim: Claim, { recipients }: Settlement): void {
    const { log } = this.#o;
    for (const { state, failure, transport = 'none' } of recipients) {
      if (state === 'sent' || !failure) continue;
      const line = `Mail ${claim.mail.id}, attempt ${claim.attempt}, transport ${transport}: ${state} (${failure.class}). ${failure.summary}`;
      if (state === 'failed') log.error(line);
      else if (state === 'uncertain' || claim.attempt >= WARN_FROM_ATTEMPT) log.warn(line);
      else if (failure.scope === 'transport' && this.#news.isNews(transport, this.#o.clock.now()))
        log.warn(line);
      else log.debug(line);
    }
  }
}

function endStage(
  stage: ObservedStage,
  claim: Claim,
  settled: SpooledMail | undefined,
  refused: string | undefined,
): void {
  const due = new Set(claim.recipients.map(({ address }) => address));
  const recipients = settled?.recipients.filter(({ address }) => due.has(address)) ?? [];
  stage.end(outcomeOf(recipients), refused ?? failureOf(recipients));
}

function spooledRecipient(
  judged: JudgedRecipient,
  tried: ReadonlyMap<string, TriedOutcome>,
  releasedAt: number | undefined,
): SpooledRecipient {
  const { address, state, failure, providerMessageId, dueAt } = judged;
  return {
    address,
    state,
    failure,
    providerMessageId,
    transport: tried.get(address)?.transport || undefined,
    // What a shutdown cut short is due again at once; an uncertain outcome keeps its distance.
    dueAt: state === 'deferred' && releasedAt !== undefined ? releasedAt : dueAt,
  };
}

function triedOnly(tried: ReadonlyMap<string, TriedOutcome>): TriesResult {
  return { tried, held: [] };
}

/** The message; that of a mail which was moved to another time carries that time as its Date. */
function messageOf(claim: Claim): Claim['message'] {
  const { rescheduled, dueAt } = claim.mail;
  if (!rescheduled) return claim.message;
  return async () => withMessageDate(await claim.message(), new Date(dueAt));
}

function suppressedRecipient(address: string, admission: Admission | undefined): SpooledRecipient {
  const reason = admission?.suppressed.find((one) => one.address === address)?.reason;
  return { address, state: 'suppressed', reason };
}

/** What is known of recipients whose worker died after the handed-over mark, and of the others of its claim. */
function abandonedOutcomes(
  claim: Claim,
  abandoned: NonNullable<Claim['abandoned']>,
): ReadonlyMap<string, TriedOutcome> {
  const { transport } = abandoned;
  const failure = classifyFailure({
    provenance: 'local',
    stage: 'eod',
    upstream: 'relay',
    endOfDataSent: true,
  });
  return new Map(
    claim.recipients
      .filter(({ address }) => abandoned.recipients.includes(address))
      .map(({ address }) => [address, { outcome: failedOutcome(address, failure), transport }]),
  );
}

/** A mail whose time is over: its last failure, which the verdict turns into a give-up. */
function expiredOutcomes(claim: Claim): ReadonlyMap<string, TriedOutcome> {
  const never = classifyFailure({ provenance: 'timeout', stage: 'conn', upstream: 'relay' });
  return new Map(
    claim.recipients.map(({ address, failure = never, transport = '' }) => [
      address,
      { outcome: { address, state: 'deferred', failure } as const, transport },
    ]),
  );
}
