import type { Mail } from '../core/mail/mail.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { AdmissionFacts, MailPolicy, PolicyDecision } from './mail-policy.js';

/** What all policies together decided. */
export interface Admission {
  /** The recipients that go on; another list than the mail's when a policy redirected or suppressed. */
  readonly recipients: readonly string[];
  readonly suppressed: readonly Suppressed[];
  readonly hold?: Hold | undefined;
  /** Who the mail was for before a policy redirected it. */
  readonly redirectedFrom?: readonly string[] | undefined;
}

export interface Suppressed {
  readonly address: string;
  readonly reason: string;
}

export interface Hold {
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly reason: string;
}

/**
 * Asks every policy in order. A suppression narrows the recipients that the next policy sees, the latest hold wins,
 * a rejection ends the chain.
 */
export class PolicyChain {
  readonly #policies: readonly MailPolicy[];

  constructor(policies: readonly MailPolicy[]) {
    this.#policies = policies;
  }

  /** @throws MailRelayError `ERR_MAIL_RELAY_POLICY_REJECTED` when a policy rejects or fails */
  async admit(facts: AdmissionFacts): Promise<Admission> {
    const tally = new Tally(facts.envelope.to);
    for (const policy of this.#policies) {
      const decision = await this.#admitBy(policy, {
        ...facts,
        envelope: { from: facts.envelope.from, to: tally.recipients },
      });
      switch (decision.kind) {
        case 'allow':
          break;
        case 'hold':
          tally.hold(decision.until.getTime(), decision.reason);
          break;
        case 'suppress':
          tally.suppress(decision);
          break;
        case 'redirect':
          tally.redirect(decision.recipients);
          break;
        case 'reject':
          throw new MailRelayError(
            'ERR_MAIL_RELAY_POLICY_REJECTED',
            `The policy "${policy.name}" refused the mail: ${decision.reason}`,
          );
        default: {
          const never: never = decision;
          throw new TypeError(`unknown decision ${String(never)}`);
        }
      }
      if (tally.recipients.length === 0) break;
    }
    return tally.admission();
  }

  /** Rejects when a policy fails: the caller then holds the mail back. */
  async dispatch(mail: Mail, recipients: readonly string[]): Promise<Admission> {
    const tally = new Tally(recipients);
    for (const policy of this.#policies) {
      if (tally.recipients.length === 0) break;
      const decision = await policy.dispatch({ mail, recipients: tally.recipients });
      if (decision.kind === 'hold') tally.hold(decision.until.getTime(), decision.reason);
      else if (decision.kind === 'suppress') tally.suppress(decision);
    }
    return tally.admission();
  }

  async #admitBy(policy: MailPolicy, facts: AdmissionFacts): Promise<PolicyDecision> {
    try {
      return await policy.admit(facts);
    } catch (cause) {
      // A storage that is away is no opinion about the mail, and its error says what to do.
      if (MailRelayError.is(cause, 'ERR_MAIL_RELAY_SPOOL_UNAVAILABLE')) throw cause;
      throw new MailRelayError(
        'ERR_MAIL_RELAY_POLICY_REJECTED',
        `The policy "${policy.name}" failed, so the mail was not accepted. See the cause.`,
        { cause },
      );
    }
  }
}

type SuppressDecision = Extract<PolicyDecision, { readonly kind: 'suppress' }>;

/** The decisions so far. */
class Tally {
  recipients: readonly string[];
  readonly suppressed: Suppressed[] = [];
  #redirectedFrom: readonly string[] | undefined;
  #hold: Hold | undefined;

  constructor(recipients: readonly string[]) {
    this.recipients = recipients;
  }

  hold(until: number, reason: string): void {
    if (!this.#hold || until > this.#hold.until) this.#hold = { until, reason };
  }

  suppress({ recipients, reason, reasons }: SuppressDecision): void {
    const gone = new Set(recipients);
    for (const address of this.recipients) {
      if (gone.has(address)) this.suppressed.push({ address, reason: reasons?.get(address) ?? reason });
    }
    this.recipients = this.recipients.filter((address) => !gone.has(address));
  }

  redirect(recipients: readonly string[]): void {
    this.#redirectedFrom ??= this.recipients;
    this.recipients = [...new Set(recipients)];
  }

  admission(): Admission {
    return {
      recipients: this.recipients,
      suppressed: this.suppressed,
      hold: this.#hold,
      ...(this.#redirectedFrom && { redirectedFrom: this.#redirectedFrom }),
    };
  }
}
