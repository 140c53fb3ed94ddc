import type { Observable } from 'rxjs';
import { waitFor } from '../clock/wait-for.js';
import type { DeliveryReport } from '../core/mail/delivery-report.js';
import type { MailDraft } from '../core/mail/mail-draft.js';
import type { MailId } from '../core/mail/mail-id.js';
import { kindOf } from '../core/kind-of.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import { refuseDraft } from '../core/refusal.js';
import { observed } from '../core/observation/observe.js';
import type { StageObserver } from '../core/observation/stage-observer.js';
import type { MailEvent } from '../events/mail-event.js';
import type { MailEventPublisher } from '../events/mail-event-bus.js';
import { requeuedEvents } from '../events/requeued-events.js';
import { resolveSendAt } from '../core/schedule/send-time.js';
import type { Clock } from '../core/schedule/clock.js';
import type { Change, MailSelector } from '../spool/spool-control.js';
import type { Claim, ClaimRequest, Spool, SpoolEntry, SpoolReceipt } from '../spool/spool.js';
import { reportRecipient, type SpooledMail } from '../spool/spooled-mail.js';
import type { RenderedContent } from '../templates/template-renderer.js';
import type { Bell } from '../bell/bell.js';
import { draftAsGiven, draftForRecipient } from './bulk/bulk-drafts.js';
import { BulkRun } from './bulk/bulk-run.js';
import type {
  BulkResult,
  BulkSource,
  QueueManyOptions,
  QueueManyToOptions,
} from './bulk/queue-many-options.js';
import { cancelledEvents } from './change-events.js';
import type { ContentRenderer } from './content-renderer.js';
import { readContent } from './draft/draft-content.js';
import { readDraftFields } from './draft/draft-fields.js';
import type { FactIntake } from './ingest/fact-intake.js';
import type { FactReceipt, OutsideFact } from './ingest/outside-fact.js';
import type { FirstAttempt, FirstPlace } from './first-attempt.js';
import type { Intake } from './intake.js';
import type { MailChange } from './mail-change.js';
import { stageFacts, type MailMaker } from './mail-maker.js';
import type { MailReceipt } from './mail-receipt.js';

/** How `send()` and `sendOrThrow()` wait for the first attempt. @publicApi */
export interface SendOptions {
  /**
   * How long to wait for the first attempt, milliseconds. The attempt goes on afterwards, and what is unfinished stays
   * with the relay.
   *
   * @default 30000
   */
  readonly timeoutMs?: number | undefined;
  /** Ends the waiting, not the mail. */
  readonly signal?: AbortSignal | undefined;
}

export interface MailServiceOptions {
  readonly maker: MailMaker;
  readonly content: ContentRenderer;
  readonly intake: Intake;
  readonly spool: Spool;
  readonly bell: Bell;
  readonly clock: Clock;
  readonly events: MailEventPublisher & { readonly events$: Observable<MailEvent> };
  readonly claim: ClaimRequest;
  readonly facts: FactIntake;
  /** Absent where this process does not send. */
  readonly firstAttempt?: FirstAttempt | undefined;
  /** Absent where nobody observes. */
  readonly observer?: StageObserver | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * What an application sends mail with.
 *
 * `queue()` is what to use: it resolves once the mail is stored, and the relay sees to the rest. `send()` waits for
 * the first attempt, where a caller has to know.
 *
 * @publicApi
 */
export class MailService {
  /**
   * What became of the mails, as it happens: every event of this relay in this process. Hot: an event before the
   * subscription is missed. `@OnMailEvent` is the better place for handlers that may fail.
   */
  readonly events$: Observable<MailEvent>;
  readonly #o: MailServiceOptions;

  /** @internal The module makes it. */
  constructor(options: MailServiceOptions) {
    this.#o = options;
    this.events$ = options.events.events$;
  }

  /**
   * Accepts a mail: resolves once it is stored as `durability` says. From here on the relay is responsible; events tell
   * what becomes of each recipient.
   *
   * @throws MailRelayError for a draft that is wrong, a template that fails, a policy that refuses, or a spool that
   *   cannot store; then nothing was accepted
   */
  async queue(draft: MailDraft): Promise<MailReceipt> {
    this.#o.intake.refuseWhenClosed();
    const entry = await this.#o.maker.make(draft);
    this.#o.intake.refuseWhenClosed();
    const place = this.#placeFor(entry);
    const receipt = await this.#store(entry, place);
    const { deduplicated, spooled } = receipt;
    if (!deduplicated) this.#o.events.publish(entry.events ?? []);
    if (!deduplicated && receipt.claim) place?.take(receipt.claim);
    else {
      place?.leave();
      if (!deduplicated) await this.#o.bell.ring([spooled]);
    }
    return this.#receipt(spooled, deduplicated);
  }

  /**
   * Accepts a mail like `queue()`, then makes the first attempt in this process and resolves with what became of each
   * recipient. A failed delivery is a value in the report, not an exception; what was deferred stays with the relay.
   *
   * @throws MailRelayError as `queue()` does, and `ERR_MAIL_RELAY_NO_WORKER` where this process does not send
   */
  async send(draft: MailDraft, options: SendOptions = {}): Promise<DeliveryReport> {
    const { events, firstAttempt } = this.#o;
    if (!firstAttempt) throw noWorker();
    this.#o.intake.refuseWhenClosed();
    const entry = await this.#o.maker.make(draft);
    this.#o.intake.refuseWhenClosed();
    const receipt = await this.#add(entry, this.#o.claim);
    if (receipt.deduplicated) return report(receipt.spooled);
    events.publish(entry.events ?? []);
    if (!receipt.claim) {
      await this.#o.bell.ring([receipt.spooled]);
      return report(receipt.spooled);
    }
    return this.#firstAttempt(firstAttempt, receipt.claim, receipt.spooled, options);
  }

  /**
   * Like `send()`, but throws unless every recipient was `sent`.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_NOT_SENT`; the report is its `cause`. What was deferred stays with the relay
   *   all the same: do not send it again
   */
  async sendOrThrow(draft: MailDraft, options: SendOptions = {}): Promise<DeliveryReport> {
    const delivered = await this.send(draft, options);
    if (delivered.ok) return delivered;
    const states = delivered.recipients.map(({ state }) => state);
    const counts = Array.from(
      new Set(states),
      (state) => `${states.filter((one) => one === state).length} ${state}`,
    );
    throw new MailRelayError(
      'ERR_MAIL_RELAY_NOT_SENT',
      `Mail ${delivered.mailId} was not sent to every recipient: ${counts.join(', ')}. ` +
        'The report is the cause of this error; the relay goes on with what it can still send.',
      { cause: delivered },
    );
  }

  /**
   * Renders a draft without sending it, for previews. Only its content matters: `template`, `context`, `locale`,
   * `subject`, `html` and `text`.
   */
  async render(draft: MailDraft): Promise<RenderedContent> {
    const fields = readDraftFields(draft);
    const content = readContent(fields);
    const facts = {
      mailId: '',
      stream: draft.stream ?? 'transactional',
      tenant: draft.tenant ?? '',
      recipients: [],
    };
    return this.#o.content.render(content, { ...facts, template: content.template, locale: content.locale });
  }

  /**
   * Accepts many mails, each as `queue()` does: drafts of a source, or one draft for many recipients. Memory stays
   * bounded however long the source is, and the source is read no faster than the spool stores. A draft that is refused
   * is reported and does not stop the others.
   *
   * @throws MailRelayError when the spool cannot store or stays full, or the source fails; what was stored until then
   *   stays accepted, and with a `bulkId` the run can be repeated from the beginning
   * @example
   * ```ts
   * await mail.queueMany({ template: 'news', stream: 'marketing' }, { bulkId: 'news-42', recipients: subscribers() });
   * ```
   */
  queueMany(drafts: BulkSource<MailDraft>, options?: QueueManyOptions): Promise<BulkResult>;
  queueMany(draft: MailDraft, options: QueueManyToOptions): Promise<BulkResult>;
  async queueMany(
    source: BulkSource<MailDraft> | MailDraft,
    options: QueueManyOptions | QueueManyToOptions = {},
  ): Promise<BulkResult> {
    const { bulkId } = options;
    if ('recipients' in options) {
      if (isSource(source)) throw mixedBulk();
      checkSource(options.recipients, 'recipients');
      return new BulkRun(this.#o, options, draftForRecipient(source, bulkId)).run(options.recipients);
    }
    checkSource(source, 'drafts');
    return new BulkRun(this.#o, options, draftAsGiven(bulkId)).run(source);
  }

  /**
   * Takes a mail back before it is sent: what is still pending of it becomes `cancelled`. A recipient of uncertain
   * outcome stays `uncertain`, because it may have been sent; it is not tried again. The idempotency key stays used.
   */
  async cancel(which: MailSelector): Promise<MailChange> {
    const change = await this.#o.spool.control.cancel(which);
    if (change.kind === 'done') {
      await this.#o.events.record(cancelledEvents(change.spooled, this.#o.clock.now()));
    }
    return this.#changed(change);
  }

  /**
   * Moves a mail to another time, as long as no worker tried it. Its Date field and its expiry move with it.
   *
   * @param sendAt a Date, an ISO 8601 string with offset, or a local time; what is past means now
   * @throws MailRelayError `ERR_MAIL_RELAY_DRAFT` for a time that is none
   */
  async reschedule(which: MailSelector, sendAt: NonNullable<MailDraft['sendAt']>): Promise<MailChange> {
    const { clock, spool, events, bell } = this.#o;
    const now = clock.now();
    const change = await spool.control.reschedule(which, Math.max(now, resolveSendAt(sendAt, 'sendAt')));
    if (change.kind === 'done') {
      await events.record(requeuedEvents(change.spooled, now));
      await bell.ring([change.spooled]);
    }
    return this.#changed(change);
  }

  /**
   * What is known of a mail's recipients; undefined for a mail the spool does not know, or no longer.
   *
   * @param scope whose mail it must be, where somebody asks for a tenant: another's is as good as unknown
   */
  async status(
    mailId: MailId,
    scope: { readonly tenant?: string | undefined } = {},
  ): Promise<DeliveryReport | undefined> {
    const spooled = await this.#o.spool.get(mailId);
    if (scope.tenant !== undefined && spooled?.mail.tenant !== scope.tenant) return undefined;
    return spooled && report(spooled);
  }

  /** A place in the worker of this process, where there is one and the mail is due. */
  #placeFor({ mail }: SpoolEntry): FirstPlace | undefined {
    if (mail.dueAt > this.#o.clock.now()) return undefined;
    return this.#o.firstAttempt?.placeIn(mail.lane);
  }

  async #store(entry: SpoolEntry, place: FirstPlace | undefined): Promise<SpoolReceipt> {
    try {
      return await this.#add(entry, place && this.#o.claim);
    } catch (error) {
      place?.leave();
      throw error;
    }
  }

  /**
   * Takes what others tell of a mail that has left: a delivery, a bounce, a complaint, an open, an unsubscribe. It is
   * matched to its mail, recorded and published once, however often it is told, and feeds the suppression list. Call it
   * only with what was verified: a webhook whose signature is right, a report that names a mail of yours.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_FACT` or `ERR_MAIL_RELAY_ADDRESS` for what is none, and
   *   `ERR_MAIL_RELAY_SPOOL_UNAVAILABLE` when it cannot be stored: answer whoever told it with an error, to be told again
   * @example
   * ```ts
   * await mail.ingest({ type: 'bounced', messageId, recipient, reason: '550 5.1.1 No such user', occurredAt });
   * ```
   */
  async ingest(fact: OutsideFact): Promise<FactReceipt> {
    return this.#o.facts.take(fact);
  }

  #add(entry: SpoolEntry, claim: ClaimRequest | undefined): Promise<SpoolReceipt> {
    const { spool, observer } = this.#o;
    if (!observer) return spool.add(entry, claim);
    return observed(observer, 'store', stageFacts(entry.mail), () => spool.add(entry, claim));
  }

  async #firstAttempt(
    firstAttempt: FirstAttempt,
    claim: Claim,
    spooled: SpooledMail,
    { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: SendOptions,
  ): Promise<DeliveryReport> {
    const settled = await waitFor(firstAttempt.run(claim), timeoutMs, signal);
    return report(settled ?? (await this.#o.spool.get(claim.mail.id)) ?? spooled);
  }

  #changed(change: Change): MailChange {
    return change.kind === 'unknown' ? change : { kind: change.kind, report: report(change.spooled) };
  }

  #receipt({ mail, recipients }: SpooledMail, deduplicated: boolean): MailReceipt {
    return {
      mailId: mail.id,
      messageId: mail.messageId,
      deduplicated,
      durability: this.#o.spool.durability,
      recipients: recipients.map(({ address, state, reason }) =>
        reason === undefined ? { address, state } : { address, state, reason },
      ),
    };
  }
}

function report({ mail, recipients }: SpooledMail): DeliveryReport {
  return {
    ok: recipients.every(({ state }) => state === 'sent'),
    mailId: mail.id,
    messageId: mail.messageId,
    recipients: recipients.map(reportRecipient),
  };
}

function isSource(value: unknown): value is BulkSource<unknown> {
  return (
    typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}

function checkSource(value: unknown, field: string): asserts value is BulkSource<never> {
  if (!isSource(value)) {
    refuseDraft(
      field,
      'be an iterable or async iterable',
      `it is ${kindOf(value)}: pass an array or a generator`,
    );
  }
}

function mixedBulk(): MailRelayError {
  return new MailRelayError(
    'ERR_MAIL_RELAY_DRAFT',
    'queueMany() takes many drafts, or one draft with recipients, but was given many drafts and recipients: choose one.',
    { field: 'recipients' },
  );
}

function noWorker(): MailRelayError {
  return new MailRelayError(
    'ERR_MAIL_RELAY_NO_WORKER',
    'send() needs a worker in this process, and the option worker is false. Nothing was accepted: use queue(), ' +
      'which stores the mail for the process that sends.',
  );
}
