import type { Clock } from '../core/schedule/clock.js';
import type { Log } from '../core/log.js';
import type { Claim, Spool } from '../spool/spool.js';
import type { RelaySettings } from './relay-settings.js';

interface Surroundings {
  readonly settings: RelaySettings;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Bounds one attempt: aborts at its total deadline, at the end of a shutdown, and when the claim is lost; renews the
 * claim until then.
 */
export class AttemptDeadline {
  readonly #controller = new AbortController();
  readonly #shutdown: AbortSignal;
  readonly #onShutdown = (): void => this.#controller.abort(this.#shutdown.reason);
  readonly #cancelDeadline: () => void;
  #cancelRenewal: () => void;

  constructor(surroundings: Surroundings, claim: Claim, shutdown: AbortSignal) {
    const { clock, settings } = surroundings;
    this.#shutdown = shutdown;
    if (shutdown.aborted) this.#onShutdown();
    else shutdown.addEventListener('abort', this.#onShutdown, { once: true });
    this.#cancelDeadline = clock.after(settings.attemptTimeoutMs, () =>
      this.#controller.abort(new Error('the attempt reached its deadline')),
    );
    this.#cancelRenewal = this.#renewLater(surroundings, claim);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    this.#cancelDeadline();
    this.#cancelRenewal();
    this.#shutdown.removeEventListener('abort', this.#onShutdown);
  }

  #renewLater(surroundings: Surroundings, claim: Claim): () => void {
    const { clock, settings, spool, log } = surroundings;
    return clock.after(settings.leaseMs / 3, () => {
      this.#cancelRenewal = this.#renewLater(surroundings, claim);
      spool.renew(claim, settings.leaseMs).then(
        (kept) => kept || this.#controller.abort(new Error('the claim was lost')),
        (error: unknown) =>
          log.warn(`The claim on mail ${claim.mail.id} could not be renewed: ${String(error)}`),
      );
    });
  }
}
