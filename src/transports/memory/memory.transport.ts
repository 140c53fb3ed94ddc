import type { Clock } from '../../core/schedule/clock.js';
import type { Envelope } from '../../core/mail/envelope.js';
import { deliverLocally } from '../local-delivery.js';
import {
  MailTransport,
  type TransportRequest,
  type TransportResult,
  type TransportVerification,
} from '../mail-transport.js';

/** A message that a {@link MemoryTransport} was given. @publicApi */
export interface MemoryMessage {
  readonly mailId: string;
  readonly messageId: string;
  readonly envelope: Envelope;
  /** The RFC 5322 message, unsigned. */
  readonly raw: Buffer;
  readonly at: Date;
}

/**
 * Keeps the last messages in memory. Tests reach it by `registry.get('default') as MemoryTransport`.
 *
 * @publicApi
 */
export class MemoryTransport extends MailTransport {
  readonly kind = 'memory';
  readonly #messages: MemoryMessage[] = [];

  /** @internal */
  constructor(
    private readonly maxMessages: number,
    private readonly clock: Clock,
  ) {
    super();
  }

  /** What was given, in order; the oldest go first when there are too many. */
  get messages(): readonly MemoryMessage[] {
    return this.#messages;
  }

  /** Forgets every message. */
  clear(): void {
    this.#messages.length = 0;
  }

  override send(request: TransportRequest): Promise<TransportResult> {
    const { mailId, messageId, envelope } = request;
    return deliverLocally(request, {
      commit: (raw) => {
        this.#messages.push({ mailId, messageId, envelope, raw, at: new Date(this.clock.now()) });
        if (this.#messages.length > this.maxMessages) this.#messages.shift();
      },
    });
  }

  override verify(): Promise<TransportVerification> {
    return Promise.resolve({ ok: true });
  }

  /** Keeps the messages: there is nothing to end. */
  override close(): Promise<void> {
    return Promise.resolve();
  }
}
