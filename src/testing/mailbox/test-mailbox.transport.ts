import { classifyFailure } from '../../core/failure/failure-classifier.js';
import { failedOutcome, type DeliveryOutcome } from '../../core/failure/delivery-outcome.js';
import { abortEvidence } from '../../transports/abort-evidence.js';
import {
  MailTransport,
  type TransportRequest,
  type TransportResult,
  type TransportVerification,
} from '../../transports/mail-transport.js';
import type { TestMailbox } from './test-mailbox.js';
import { SentMail } from './sent-mail.js';

/** Puts mail into a mailbox, or lets it fail as the mailbox's script says. */
export class TestMailboxTransport extends MailTransport {
  readonly kind = 'mailbox';

  constructor(
    private readonly mailbox: TestMailbox,
    private readonly relay: string,
    private readonly transport: string,
  ) {
    super();
  }

  override async send(request: TransportRequest): Promise<TransportResult> {
    const { to } = request.envelope;
    if (request.signal.aborted) return this.#aborted(request);
    const raw = await request.message();
    const mail = this.#mail(request, raw, to);
    const scripted = this.mailbox.scripted(mail);
    if (!scripted) return this.#take(request, raw, to, []);

    const { line, recipients } = scripted;
    const { how, failure } = line;
    if (!failure) return this.#hang(request);
    if ('drop' in how) {
      if (how.drop === 'after-dot') {
        await request.handOver();
        this.mailbox.take(mail);
      }
      return { outcomes: to.map((address) => failedOutcome(address, failure)) };
    }
    const atRcpt = 'reply' in how && (how.stage ?? 'rcpt') === 'rcpt';
    const refused = atRcpt ? recipients : to;
    const outcomes = refused.map((address) => failedOutcome(address, failure));
    return this.#take(
      request,
      raw,
      to.filter((address) => !refused.includes(address)),
      outcomes,
    );
  }

  override verify(): Promise<TransportVerification> {
    return Promise.resolve({ ok: true });
  }

  /** Keeps the mails: a test looks at them after the application was closed. */
  override close(): Promise<void> {
    return Promise.resolve();
  }

  async #take(
    request: TransportRequest,
    raw: Buffer,
    accepted: readonly string[],
    refused: readonly DeliveryOutcome[],
  ): Promise<TransportResult> {
    if (accepted.length === 0) return { outcomes: refused };
    await request.handOver();
    this.mailbox.take(this.#mail(request, raw, accepted));
    return { outcomes: [...refused, ...accepted.map((address) => ({ address, state: 'sent' }) as const)] };
  }

  async #hang(request: TransportRequest): Promise<TransportResult> {
    const { signal } = request;
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    return this.#aborted(request);
  }

  #aborted({ envelope, signal }: TransportRequest): TransportResult {
    const failure = classifyFailure({ ...abortEvidence(signal, 'body'), upstream: 'relay' });
    return { outcomes: envelope.to.map((address) => failedOutcome(address, failure)) };
  }

  #mail(request: TransportRequest, raw: Buffer, to: readonly string[]): SentMail {
    const { mailId, envelope, stream, tenant = '', template, tags, metadata } = request;
    return new SentMail({
      mailId,
      envelope: { from: envelope.from, to },
      raw,
      at: new Date(),
      relay: this.relay,
      transport: this.transport,
      stream,
      tenant,
      template,
      tags,
      metadata,
    });
  }
}
