import type { WireReply } from './reply-reader.js';
import type { SmtpErrorEvidence } from './smtp-error-evidence.js';

/**
 * Commands that were sent and the replies to them, as these come in: the first reply belongs to the first command.
 *
 * @internal
 */
export class Exchange {
  /** Those that have come. */
  readonly replies: WireReply[] = [];
  /** Resolves when all have come, or when no more will. */
  readonly done: Promise<void>;
  /** Why no more will come, although some are missing. */
  end: SmtpErrorEvidence | undefined;
  settled = false;

  #resolve: () => void = () => undefined;

  /** @param expected how many replies there must be */
  constructor(private readonly expected: number) {
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get isComplete(): boolean {
    return this.replies.length === this.expected;
  }

  add(reply: WireReply): void {
    this.replies.push(reply);
  }

  settle(end?: SmtpErrorEvidence): void {
    this.end = end;
    this.settled = true;
    this.#resolve();
  }
}
