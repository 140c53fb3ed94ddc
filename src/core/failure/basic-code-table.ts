import type { FailureClass, SmtpStage } from './delivery-failure.js';

/**
 * What a basic code says where neither enhanced code nor text do.
 *
 * @internal
 */
export interface BasicCodeRow {
  readonly class: FailureClass;
  /** Where the code means something else. */
  readonly stages?: Partial<Readonly<Record<SmtpStage, FailureClass>>>;
  /** In answer to RCPT, when the same transaction has accepted a recipient before. */
  readonly afterAccepted?: FailureClass;
}

const PROTOCOL: BasicCodeRow = { class: 'protocol' };
const ACCOUNT: BasicCodeRow = { class: 'our_account' };

/**
 * Basic codes; one that is not here is `unknown.soft` or `unknown.hard` by its first digit.
 *
 * @see RFC 5321 §4.2, RFC 4954 §6, RFC 7504
 * @internal
 */
export const BASIC_CODE_TABLE: ReadonlyMap<number, BasicCodeRow> = new Map([
  [421, { class: 'network' }],
  [422, { class: 'network' }],
  [432, { class: 'rate.recipient' }],
  [452, { class: 'network' }],
  [455, PROTOCOL],
  [500, PROTOCOL],
  [501, PROTOCOL],
  [502, PROTOCOL],
  [503, PROTOCOL],
  [504, PROTOCOL],
  [521, { class: 'unknown.hard', stages: { mail: 'network' } }],
  [530, ACCOUNT],
  [534, ACCOUNT],
  [535, ACCOUNT],
  [538, ACCOUNT],
  [541, { class: 'message' }],
  [551, { class: 'hard.recipient' }],
  [552, { class: 'message', stages: { rcpt: 'mailbox_full' }, afterAccepted: 'split' }],
  [553, { class: 'message', stages: { rcpt: 'hard.recipient', mail: 'sender' } }],
  [555, PROTOCOL],
  [556, { class: 'hard.domain' }],
] satisfies readonly (readonly [number, BasicCodeRow])[]);
