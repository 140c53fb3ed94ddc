import type { FailureClass, SmtpStage, SuppressAdvice } from './delivery-failure.js';

/**
 * A rule that reads the text of a refusal. All conditions that are given must hold.
 *
 * Patterns are matched against text without addresses, case-insensitively. They run in linear time: no quantifier
 * inside a quantifier, no unbounded `.`, so that no server can make us spend time.
 *
 * @internal
 */
export interface TextRule {
  readonly class: FailureClass;
  readonly pattern?: RegExp;
  /** Enhanced codes: subject, first detail, last detail. */
  readonly codes?: readonly (readonly [subject: number, from: number, to: number])[];
  /** Basic codes. */
  readonly basic?: readonly number[];
  /** `soft` for a 4yz, `hard` for a 5yz basic code. */
  readonly severity?: 'soft' | 'hard';
  readonly stages?: readonly SmtpStage[];
  readonly upstream?: 'relay' | 'mx';
  /** True where the rule holds only for replies without an enhanced code. */
  readonly codeless?: boolean;
  /** For the classes that can suppress, where the rule is surer or less sure than the class. */
  readonly suppress?: SuppressAdvice;
  /** True where our account is fine, but may not send as this From domain. */
  readonly identity?: boolean;
}

/**
 * What the rules may look at.
 *
 * @internal
 */
export interface RefusalFacts {
  readonly code: number;
  readonly severity: 'soft' | 'hard';
  readonly stage: SmtpStage;
  readonly upstream: 'relay' | 'mx';
  /** The text without addresses. */
  readonly text: string;
  /** Subject and detail of the enhanced code. */
  readonly subject?: number;
  readonly detail?: number;
}

/**
 * The first rule that holds.
 *
 * @internal
 */
export function findTextRule(rules: readonly TextRule[], facts: RefusalFacts): TextRule | undefined {
  return rules.find((rule) => holds(rule, facts));
}

function holds(rule: TextRule, facts: RefusalFacts): boolean {
  const { subject, detail = -1 } = facts;
  return (
    (rule.severity ?? facts.severity) === facts.severity &&
    (rule.upstream ?? facts.upstream) === facts.upstream &&
    (rule.basic?.includes(facts.code) ?? true) &&
    (rule.stages?.includes(facts.stage) ?? true) &&
    !(rule.codeless === true && subject !== undefined) &&
    (rule.codes?.some(([one, from, to]) => one === subject && from <= detail && detail <= to) ?? true) &&
    (rule.pattern?.test(facts.text) ?? true)
  );
}
