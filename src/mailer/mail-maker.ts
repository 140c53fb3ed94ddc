import { guardContent, releaseContent } from '../compose/reading/content-source.js';
import { readMessageParts } from '../compose/reading/message-parts.js';
import { checkMessageFields } from '../compose/fields/message-fields.js';
import { composeMessage } from '../compose/message-composer.js';
import type { ComposeLimits } from '../compose/compose-request.js';
import { domainOf, isAsciiAddress } from '../core/address/address.js';
import type { Clock } from '../core/schedule/clock.js';
import type { Mail } from '../core/mail/mail.js';
import type { Mailbox } from '../core/address/mailbox.js';
import { createMailId } from '../core/mail/mail-id.js';
import { observed } from '../core/observation/observe.js';
import type { StageFacts, StageObserver } from '../core/observation/stage-observer.js';
import { ownFields } from '../core/own-fields.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { AdmissionFacts } from '../policies/mail-policy.js';
import type { Admission, PolicyChain } from '../policies/policy-chain.js';
import type { SpoolEntry } from '../spool/spool.js';
import type { SpooledRecipient } from '../spool/spooled-mail.js';
import type { ContentFacts } from '../templates/content-transform.js';
import type { TemplateAssets } from '../templates/template-assets.js';
import { admissionEvents } from './admission-events.js';
import type { ContentRenderer } from './content-renderer.js';
import { draftFingerprint } from './draft/draft-fingerprint.js';
import { validateDraft } from './draft/draft-validator.js';
import type { EventLoopBudget } from './event-loop-budget.js';
import type { TenantGuard } from './tenant-guard.js';
import type { ValidDraft } from './draft/valid-draft.js';

/** How the producer treats a stream. */
export interface ProducerStream {
  readonly lane: string;
  readonly from?: Mailbox | undefined;
  /** The only domains of a From header; undefined for any. */
  readonly domains?: ReadonlySet<string> | undefined;
  /** One recipient a mail, and a way to unsubscribe. */
  readonly bulk: boolean;
  /** The SMTP sender; the draft's sender or author when absent. */
  readonly returnPath?: string | undefined;
  readonly expiresInMs: number;
}

export interface MailMakerOptions {
  readonly relay: string;
  readonly streams: ReadonlyMap<string, ProducerStream>;
  readonly localDomains: readonly string[];
  readonly limits: ComposeLimits;
  readonly content: ContentRenderer;
  readonly assets: TemplateAssets;
  readonly policies: PolicyChain;
  readonly clock: Clock;
  readonly budget: EventLoopBudget;
  /** Absent where tenants are only a label. */
  readonly tenants?: TenantGuard | undefined;
  /** Absent where nobody observes. */
  readonly observer?: StageObserver | undefined;
}

/** What is composed when every recipient is suppressed. */
const NOBODY = { message: Buffer.alloc(0), subject: undefined };

/** Makes a mail ready for the spool out of a draft: validate, admit, render, read, compose. */
export class MailMaker {
  readonly #o: MailMakerOptions;

  constructor(options: MailMakerOptions) {
    this.#o = options;
  }

  /** Whatever the draft is refused for, streams it brought are closed: nobody else will read them. */
  async make(input: unknown): Promise<SpoolEntry> {
    try {
      return await this.#make(input);
    } catch (error) {
      release(input);
      throw error;
    }
  }

  async #make(input: unknown): Promise<SpoolEntry> {
    // The caller may change its draft, and a stream may fail, before its turn has come.
    const copy = copyOf(input);
    await this.#o.budget.take();
    const draft = validateDraft(copy, this.#o);
    checkMessageFields(draft, this.#o.limits);
    const { tenants } = this.#o;
    if (tenants && draft.tenant !== '') await tenants.admit(draft.tenant, senderDomains(draft));
    const facts = this.#facts(draft);
    return observed(this.#o.observer, 'compose', stageFacts(facts), (stage) =>
      this.#entry(copy, draft, stage ? { ...facts, traceparent: stage.traceparent } : facts),
    );
  }

  async #entry(copy: unknown, draft: ValidDraft, facts: AdmissionFacts): Promise<SpoolEntry> {
    const admission = await this.#o.policies.admit(facts);
    const nobody = admission.recipients.length === 0;
    if (nobody) releaseContent(draft);
    const { redirectedFrom: originalRecipients } = admission;
    const { message, subject } = nobody ? NOBODY : await this.#compose(draft, facts, originalRecipients);
    const mail: Mail = {
      ...facts,
      subject,
      ...(originalRecipients && {
        originalRecipients,
        smtpUtf8: facts.smtpUtf8 || !originalRecipients.every(isAsciiAddress),
      }),
      envelope: { from: facts.envelope.from, to: envelopeRecipients(facts, admission) },
      sizeBytes: message.length,
    };
    const { idempotencyKey: key } = draft;
    const recipients = spooledRecipients(facts, admission);
    return {
      mail,
      message,
      recipients,
      events: admissionEvents({ mail, recipients }),
      idempotency: key === undefined ? undefined : { key, fingerprint: draftFingerprint(copy) },
    };
  }

  #facts(draft: ValidDraft): AdmissionFacts {
    const now = this.#o.clock.now();
    const stream = this.#o.streams.get(draft.stream);
    if (!stream) throw new TypeError('a valid draft names a known stream');
    const id = createMailId(now);
    const fromDomain = domainOf(draft.from.address);
    const dueAt = Math.max(now, draft.sendAt ?? now);
    return {
      id,
      relay: this.#o.relay,
      messageId: `<${id}@${fromDomain}>`,
      stream: draft.stream,
      lane: stream.lane,
      tenant: draft.tenant,
      envelope: { from: stream.returnPath ?? (draft.sender ?? draft.from).address, to: draft.recipients },
      fromDomain,
      template: draft.template,
      locale: draft.locale,
      tags: draft.tags,
      metadata: draft.metadata,
      createdAt: now,
      dueAt,
      expiresAt: dueAt + (draft.expiresInMs ?? stream.expiresInMs),
      smtpUtf8: needsSmtpUtf8(draft),
    };
  }

  async #compose(
    draft: ValidDraft,
    facts: AdmissionFacts,
    originalRecipients: readonly string[] | undefined,
  ): Promise<{ readonly message: Buffer; readonly subject: string | undefined }> {
    const { content, budget, clock, limits, observer } = this.#o;
    const contentFacts: ContentFacts = { ...facts, mailId: facts.id, recipients: facts.envelope.to };
    const rendered = await observed(
      draft.template === undefined ? undefined : observer,
      'render',
      stageFacts(facts),
      () => content.render(draft, contentFacts),
    );
    const { subject, html, text } = rendered;
    if (subject === undefined) {
      throw new MailRelayError(
        'ERR_MAIL_RELAY_DRAFT',
        `The mail has no subject: neither the draft nor the template "${draft.template ?? ''}" gives one. ` +
          'Set draft.subject, or add a subject template beside the template.',
        { field: 'subject' },
      );
    }
    const parts = await readMessageParts(this.#withAssets(draft, html), limits, clock);
    await budget.take();
    const message = composeMessage(
      {
        messageId: facts.messageId,
        date: new Date(facts.dueAt),
        from: draft.from,
        sender: draft.sender,
        to: draft.to,
        cc: draft.cc,
        replyTo: draft.replyTo,
        subject,
        html,
        text,
        headers: draft.headers,
        list: draft.list,
        inReplyTo: draft.inReplyTo,
        references: draft.references,
        importance: draft.importance,
        calendar: draft.calendar,
        originalRecipients,
      },
      parts,
      limits,
    );
    return { message, subject };
  }

  /** The draft with the images that its html shows and that the templates bring. */
  #withAssets(draft: ValidDraft, html: string | undefined): ValidDraft {
    const attached = new Set(draft.attachments?.map(({ cid }) => cid ?? ''));
    const shown = this.#o.assets.shownIn(html, attached);
    return shown.length === 0 ? draft : { ...draft, attachments: [...(draft.attachments ?? []), ...shown] };
  }
}

/** What an observer is told of a mail that is being made, or stored. */
export function stageFacts(mail: AdmissionFacts): StageFacts {
  const { relay, stream, id: mailId, template, traceparent, envelope } = mail;
  return { relay, stream, mailId, template, traceparent, recipients: envelope.to.length };
}

function senderDomains({ from, sender = from }: ValidDraft): readonly string[] {
  return [domainOf(from.address), domainOf(sender.address)];
}

/** True when an address in the header has a local part beyond ASCII; domains are A-labels, names are encoded. */
function needsSmtpUtf8({ from, sender = from, replyTo, to, cc }: ValidDraft): boolean {
  return ![from, sender, ...replyTo, ...to, ...cc].every(({ address }) => isAsciiAddress(address));
}

/** The draft's own fields as they are now, its streams guarded; what is no draft stays as it is. */
function copyOf(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const fields = ownFields(input);
  if (fields['attachments'] !== undefined || fields['alternatives'] !== undefined) guardContent(fields);
  return fields;
}

/** Closes the streams of a draft, of which nothing is known yet. */
function release(input: unknown): void {
  if (typeof input === 'object' && input !== null) releaseContent(ownFields(input));
}

/** Where the mail goes: whoever a policy redirected it to, and those it suppressed, so that each has a state. */
function envelopeRecipients(facts: AdmissionFacts, { recipients, suppressed }: Admission): readonly string[] {
  if (suppressed.length === 0) return recipients;
  const known = new Set(facts.envelope.to);
  const gone = suppressed.map(({ address }) => address).filter((address) => known.has(address));
  return [...recipients, ...gone];
}

function spooledRecipients(facts: AdmissionFacts, admission: Admission): readonly SpooledRecipient[] {
  const { hold, suppressed } = admission;
  const dueAt = hold ? Math.max(facts.dueAt, Math.min(hold.until, facts.expiresAt)) : facts.dueAt;
  const going = admission.recipients.map((address): SpooledRecipient =>
    hold ? { address, state: 'held', dueAt, reason: hold.reason } : { address, state: 'queued', dueAt },
  );
  return [
    ...going,
    ...suppressed.map(({ address, reason }): SpooledRecipient => ({ address, state: 'suppressed', reason })),
  ];
}
