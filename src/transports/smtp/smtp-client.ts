import type { SmtpStage } from '../../core/failure/delivery-failure.js';
import type { Clock } from '../../core/schedule/clock.js';
import { ask } from './ask.js';
import { NO_CAPABILITIES, type EhloCapabilities } from './ehlo-capabilities.js';
import { openSession } from './session-opening.js';
import type { SmtpErrorEvidence } from './smtp-error-evidence.js';
import type { SmtpSettings } from './smtp-options.js';
import { SmtpWire } from './smtp-wire.js';

const QUIT_TIMEOUT_MS = 2_000;
const RESET_TIMEOUT_MS = 30_000;

/**
 * One SMTP session on one connection, from the first octet to the last: what the pool keeps, and what a transaction
 * speaks over.
 *
 * @internal
 */
export class SmtpClient {
  /** What the server offers; from the EHLO inside TLS where there is TLS. */
  capabilities: EhloCapabilities = NO_CAPABILITIES;
  /** True until the session has waited idle or served a message: only then can it have died unnoticed. */
  fresh = true;
  /** Messages given over it. */
  messages = 0;
  openedAt = 0;
  idleSince = 0;

  readonly wire: SmtpWire;
  #onGone: (() => void) | undefined;

  /** @param onEnd called once, when the connection is gone */
  constructor(
    private readonly settings: SmtpSettings,
    private readonly clock: Clock,
    onEnd: (client: SmtpClient) => void,
  ) {
    this.wire = new SmtpWire(settings, clock, () => {
      this.#onGone?.();
      onEnd(this);
    });
  }

  /** True once it can serve nobody any more. */
  get ended(): boolean {
    return this.wire.ended !== undefined;
  }

  /** How far the conversation came. */
  get stage(): SmtpStage {
    return this.wire.stage;
  }

  /** Connects, greets, encrypts and authenticates. Resolves with what went wrong, or with nothing. Never rejects. */
  async open(): Promise<SmtpErrorEvidence | undefined> {
    const { settings, wire } = this;
    let cancel = this.#closeAfter(settings.connectTimeoutMs);
    await wire.connect();
    cancel();
    if (wire.ended !== undefined) return wire.ended;
    cancel = this.#closeAfter(settings.greetingTimeoutMs);
    const session = await openSession(wire, settings);
    cancel();
    if (!session.ok) {
      this.close();
      return session.evidence;
    }
    this.capabilities = session.capabilities;
    this.openedAt = this.clock.steady();
    return undefined;
  }

  /** Ends a transaction that stopped before its end. Resolves with false when the session cannot go on. */
  async reset(): Promise<boolean> {
    const answer = await ask(this.wire, RESET_TIMEOUT_MS, 'mail', 'RSET', isPositive);
    if (!answer.ok) this.close();
    return answer.ok;
  }

  /** Lets the process end while the session waits. */
  park(): void {
    this.fresh = false;
    this.wire.unref();
  }

  unpark(): void {
    this.wire.ref();
  }

  /** Says QUIT and waits for the end, but not for long. */
  async quit(): Promise<void> {
    if (this.ended) return;
    this.unpark();
    const cancel = this.#closeAfter(QUIT_TIMEOUT_MS);
    const gone = new Promise<void>((resolve) => {
      this.#onGone = resolve;
    });
    await ask(this.wire, QUIT_TIMEOUT_MS, 'quit', 'QUIT', isPositive);
    // With a message of its own to say so under TLS, so that the server need not guess whether something is missing.
    this.wire.finish();
    if (!this.ended) await gone;
    cancel();
  }

  /** Ends the connection at once; nothing that is still buffered leaves. */
  close(why: SmtpErrorEvidence = { provenance: 'aborted', stage: this.stage }): void {
    this.wire.close(why);
  }

  #closeAfter(delayMs: number): () => void {
    return this.clock.after(delayMs, () => {
      this.close({ provenance: 'timeout', stage: this.stage, errorCode: 'ETIMEDOUT' });
    });
  }
}

function isPositive(code: number): boolean {
  return code >= 200 && code < 300;
}
