import type { Clock } from '../core/schedule/clock.js';
import type { Mail } from '../core/mail/mail.js';
import {
  MailPolicy,
  type AdmissionFacts,
  type DispatchDecision,
  type DispatchFacts,
} from '../policies/mail-policy.js';
import { hasExpired } from './merge-suppression.js';
import type { StoredSuppression, SuppressionStore } from './suppression-store.js';
import type { SuppressionSubjects } from './suppression-subjects.js';

export interface SuppressionPolicyOptions {
  readonly store: SuppressionStore;
  readonly subjects: SuppressionSubjects;
  /** Streams that the scope `marketing` means. */
  readonly marketing: ReadonlySet<string>;
  readonly clock: Clock;
}

/** Whoever queues a mail is answered within a second, milliseconds. */
const ADMISSION_MS = 900;
/** A worker has time, and a mail that is not sent now waits for a minute, milliseconds. */
const DISPATCH_MS = 10_000;

const ALLOW = { kind: 'allow' } as const;

/**
 * Lets no mail pass to an address or domain on the suppression list. A store that cannot be asked stops the mail too:
 * the policy then fails, as the chain expects.
 */
export class SuppressionPolicy extends MailPolicy {
  readonly name = 'suppression';
  readonly #o: SuppressionPolicyOptions;

  constructor(options: SuppressionPolicyOptions) {
    super();
    this.#o = options;
  }

  override admit(facts: AdmissionFacts): DispatchDecision | Promise<DispatchDecision> {
    return this.#decide(facts, facts.envelope.to, ADMISSION_MS);
  }

  override dispatch({ mail, recipients }: DispatchFacts): DispatchDecision | Promise<DispatchDecision> {
    return this.#decide(mail, recipients, DISPATCH_MS);
  }

  #decide(
    mail: Pick<Mail, 'stream' | 'tenant'>,
    recipients: readonly string[],
    waitMs: number,
  ): DispatchDecision | Promise<DispatchDecision> {
    return this.#o.store.isEmpty ? ALLOW : this.#ask(mail, recipients, waitMs);
  }

  async #ask(
    mail: Pick<Mail, 'stream' | 'tenant'>,
    recipients: readonly string[],
    waitMs: number,
  ): Promise<DispatchDecision> {
    const { store, subjects, clock } = this.#o;
    const names = new Map(recipients.map((address) => [address, subjects.allOf(address)]));
    const wanted = new Set([...names.values()].flat());
    const found = await store.find(mail.tenant, [...wanted], waitMs);
    if (found.length === 0) return ALLOW;
    const now = clock.now();
    const reasons = new Map<string, string>();
    for (const entry of found) {
      if (!hasExpired(entry, now) && this.#stops(entry, mail.stream) && !reasons.has(entry.subject)) {
        reasons.set(entry.subject, reasonOf(entry));
      }
    }
    const stopped = new Map<string, string>();
    for (const [address, own] of names) {
      const reason = own.map((name) => reasons.get(name)).find((one) => one !== undefined);
      if (reason !== undefined) stopped.set(address, reason);
    }
    const [first] = stopped.values();
    if (first === undefined) return ALLOW;
    return { kind: 'suppress', recipients: [...stopped.keys()], reason: first, reasons: stopped };
  }

  #stops({ scope, reason }: StoredSuppression, stream: string): boolean {
    // Who wants no more news still needs the password reset.
    if (reason === 'unsubscribe' && stream === 'transactional') return false;
    if (scope === 'all') return true;
    return scope === 'marketing' ? this.#o.marketing.has(stream) : scope === `stream:${stream}`;
  }
}

function reasonOf({ reason, scope }: StoredSuppression): string {
  return `on the suppression list: ${reason}, for ${scope}`;
}
