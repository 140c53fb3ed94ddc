import type { TemplateUnit } from '../template-unit.js';
import type { InspectedTemplates } from './inspect-templates.js';

/**
 * Units with all partials that they may call, each once.
 *
 * @internal
 */
export function reachableUnits(
  units: readonly TemplateUnit[],
  { set, facts }: Pick<InspectedTemplates, 'set' | 'facts'>,
): readonly TemplateUnit[] {
  const reached = new Set<TemplateUnit>();
  const visit = (unit: TemplateUnit): void => {
    if (reached.has(unit)) return;
    reached.add(unit);
    const { partials = [], choosesPartials = false } = facts.get(unit) ?? {};
    for (const name of choosesPartials ? set.partials.keys() : partials) {
      // A text part calls the partial of this name for texts, where there is one.
      for (const partial of [set.partials.get(name), set.partials.get(`${name}.text`)]) {
        if (partial !== undefined) visit(partial);
      }
    }
  };
  for (const unit of units) visit(unit);
  return [...reached];
}
