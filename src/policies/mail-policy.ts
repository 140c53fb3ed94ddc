import type { Mail } from '../core/mail/mail.js';

/**
 * What a policy decides about a mail. `redirect` sends it to other recipients instead, `reject` refuses it to the
 * caller; both are possible at admission only.
 *
 * @publicApi
 */
export type PolicyDecision =
  | { readonly kind: 'allow' }
  | { readonly kind: 'hold'; readonly until: Date; readonly reason: string }
  | {
      readonly kind: 'suppress';
      readonly recipients: readonly string[];
      readonly reason: string;
      /** The reason of each recipient, where they differ. */
      readonly reasons?: ReadonlyMap<string, string> | undefined;
    }
  | { readonly kind: 'redirect'; readonly recipients: readonly string[]; readonly reason: string }
  | { readonly kind: 'reject'; readonly reason: string };

/** What a policy sees at admission: the mail before it is rendered and composed. @publicApi */
export type AdmissionFacts = Omit<Mail, 'sizeBytes'>;

/** What a policy sees when a worker is about to send. @publicApi */
export interface DispatchFacts {
  readonly mail: Mail;
  /** The recipients that are due. */
  readonly recipients: readonly string[];
}

/**
 * Decides whether and when a mail may go. Asked by `MailService` before a mail is stored, and by the relay again
 * before each attempt, minutes or days later.
 *
 * A policy that throws refuses at admission and defers at dispatch; it never lets a mail pass.
 *
 * @publicApi
 */
export abstract class MailPolicy {
  /** For reasons and logs. */
  abstract readonly name: string;

  /** @default allow */
  admit(_facts: AdmissionFacts): PolicyDecision | Promise<PolicyDecision> {
    return ALLOW;
  }

  /** Only `allow`, `hold` and `suppress` make sense here. @default allow */
  dispatch(_facts: DispatchFacts): DispatchDecision | Promise<DispatchDecision> {
    return ALLOW;
  }
}

/** What a policy may decide right before an attempt, when the mail is accepted already. @publicApi */
export type DispatchDecision = Extract<PolicyDecision, { readonly kind: 'allow' | 'hold' | 'suppress' }>;

const ALLOW = { kind: 'allow' } as const;
