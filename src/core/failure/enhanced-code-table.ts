import type { FailureClass, SmtpStage } from './delivery-failure.js';

/**
 * What an enhanced code says. Without a class, or at another stage than those named, the text decides, then the
 * basic code.
 *
 * @internal
 */
export interface CodeMeaning {
  readonly class?: FailureClass;
  /** The stages at which the class holds; without it, all. */
  readonly stages?: readonly SmtpStage[];
  /** The classes that the text may choose before the code does. */
  readonly texts?: 'any' | readonly FailureClass[];
}

/**
 * One row: the meaning after a 4yz and after a 5yz. The basic code's digit chooses, also where the enhanced code
 * begins with the other one.
 *
 * @internal
 */
export interface EnhancedCodeRow {
  readonly soft: CodeMeaning;
  readonly hard: CodeMeaning;
}

/** The code says too little, or too many different things. @internal */
export const AMBIGUOUS_CODE: EnhancedCodeRow = { soft: { texts: 'any' }, hard: { texts: 'any' } };

const both = (...classes: readonly [FailureClass, FailureClass?]): EnhancedCodeRow => ({
  soft: { class: classes[1] ?? classes[0] },
  hard: { class: classes[0] },
});

const SYSTEM: EnhancedCodeRow = {
  soft: { class: 'network', texts: ['rate.destination', 'rate.account', 'mailbox_full', 'greylist'] },
  hard: { texts: 'any' },
};
const SECURITY: EnhancedCodeRow = {
  soft: { class: 'greylist', stages: ['rcpt'], texts: 'any' },
  hard: { texts: 'any' },
};
const AUTHENTICATION: EnhancedCodeRow = {
  soft: { class: 'our_account', stages: ['auth'], texts: 'any' },
  hard: { class: 'our_account', stages: ['auth', 'mail'], texts: 'any' },
};

/**
 * Enhanced codes as IANA registers them, by subject and detail. Providers that use a code for something else have
 * rules of their own, which come first.
 *
 * @see RFC 3463, RFC 4954 §6, RFC 6531 §3.5, RFC 7293, RFC 7372, RFC 7505, RFC 8689
 * @internal
 */
export const ENHANCED_CODE_TABLE: ReadonlyMap<string, EnhancedCodeRow> = new Map([
  ['0.0', AMBIGUOUS_CODE],
  ['1.0', AMBIGUOUS_CODE],
  ['1.1', both('hard.recipient', 'unknown.soft')],
  ['1.2', both('hard.domain', 'network')],
  ['1.3', both('hard.recipient', 'unknown.soft')],
  ['1.4', AMBIGUOUS_CODE],
  ['1.6', both('hard.recipient', 'unknown.soft')],
  ['1.7', both('sender')],
  ['1.8', both('sender')],
  ['1.10', both('hard.domain', 'network')],
  ['2.0', AMBIGUOUS_CODE],
  [
    '2.1',
    { soft: { class: 'rate.recipient' }, hard: { class: 'hard.recipient', texts: ['rate.recipient'] } },
  ],
  [
    '2.2',
    {
      soft: { class: 'mailbox_full', texts: ['rate.account'] },
      hard: { class: 'mailbox_full', texts: ['rate.account'] },
    },
  ],
  ['2.3', both('message')],
  ['2.4', AMBIGUOUS_CODE],
  ['3.0', SYSTEM],
  ['3.1', SYSTEM],
  ['3.2', SYSTEM],
  ['3.4', both('message')],
  ['3.5', SYSTEM],
  ['4.1', both('unknown.hard', 'network')],
  ['4.2', both('unknown.hard', 'network')],
  ['4.3', both('unknown.hard', 'network')],
  ['4.4', both('hard.domain', 'network')],
  ['4.5', { soft: { class: 'rate.destination', texts: ['rate.account'] }, hard: { class: 'rate.account' } }],
  ['4.6', both('message', 'network')],
  ['4.7', both('expired', 'network')],
  ['5.0', AMBIGUOUS_CODE],
  ['5.1', both('protocol')],
  ['5.2', both('protocol')],
  ['5.3', both('split')],
  ['5.4', both('protocol')],
  ['5.5', both('protocol')],
  ['5.6', both('protocol')],
  ...Array.from({ length: 12 }, (_, detail): [string, EnhancedCodeRow] => [`6.${detail}`, both('message')]),
  ['7.0', SECURITY],
  ['7.1', SECURITY],
  ['7.2', SECURITY],
  ['7.8', AUTHENTICATION],
  ['7.9', AUTHENTICATION],
  ['7.10', AUTHENTICATION],
  ['7.11', AUTHENTICATION],
  ['7.12', AUTHENTICATION],
  ['7.13', AUTHENTICATION],
  ['7.14', AUTHENTICATION],
  ['7.17', both('hard.recipient', 'unknown.soft')],
  ['7.18', both('hard.domain', 'network')],
  ['7.19', both('unknown.hard', 'network')],
  ['7.20', both('policy.auth')],
  ['7.21', both('policy.auth')],
  ['7.22', both('policy.auth')],
  ['7.23', both('policy.auth')],
  ['7.24', both('policy.auth')],
  ['7.25', both('block.reputation')],
  ['7.26', both('policy.auth')],
  ['7.27', both('sender')],
  ['7.28', both('block.reputation', 'rate.destination')],
  ['7.29', both('policy.auth')],
  ['7.30', both('tls')],
]);
