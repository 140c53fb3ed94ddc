import { domainOf } from '../core/address/address.js';
import {
  MailPolicy,
  type AdmissionFacts,
  type DispatchDecision,
  type DispatchFacts,
  type PolicyDecision,
} from './mail-policy.js';

/** Who may be mailed outside production, and who gets the rest. Addresses and domains are parsed and in lower case. */
export interface StagingRules {
  /** Recipients that may be mailed; everybody else may not. */
  readonly allow?:
    { readonly addresses: ReadonlySet<string>; readonly domains: ReadonlySet<string> } | undefined;
  /** Who gets what others may not get; without it that is suppressed. */
  readonly redirectTo?: readonly string[] | undefined;
}

const NOT_ALLOWED = 'the option delivery does not allow this recipient';
const REDIRECTED = 'the option delivery redirects';

/**
 * Keeps mail of a staging system away from real people: lets through who is allowed, redirects or suppresses the rest.
 * The same is asked again before each attempt, because a spool may hold mail that was accepted under other options.
 */
export class StagingPolicy extends MailPolicy {
  readonly name = 'delivery';
  readonly #rules: StagingRules;
  readonly #targets: ReadonlySet<string>;

  constructor(rules: StagingRules) {
    super();
    this.#rules = rules;
    this.#targets = new Set(rules.redirectTo?.map(lower));
  }

  override admit({ envelope }: AdmissionFacts): PolicyDecision {
    const others = envelope.to.filter((address) => !this.#mayGo(address));
    if (others.length === 0) return { kind: 'allow' };
    const { redirectTo } = this.#rules;
    if (!redirectTo) return { kind: 'suppress', recipients: others, reason: NOT_ALLOWED };
    const allowed = envelope.to.filter((address) => this.#mayGo(address));
    return { kind: 'redirect', recipients: [...allowed, ...redirectTo], reason: REDIRECTED };
  }

  override dispatch({ recipients }: DispatchFacts): DispatchDecision {
    const others = recipients.filter((address) => !this.#mayGo(address));
    return others.length === 0
      ? { kind: 'allow' }
      : { kind: 'suppress', recipients: others, reason: NOT_ALLOWED };
  }

  #mayGo(address: string): boolean {
    if (this.#targets.has(lower(address))) return true;
    const { allow } = this.#rules;
    return (
      allow !== undefined && (allow.domains.has(domainOf(address)) || allow.addresses.has(lower(address)))
    );
  }
}

function lower(address: string): string {
  return address.toLowerCase();
}
