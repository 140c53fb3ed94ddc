import type { TemplateFile } from '../template-loader.js';
import type { TemplateDescription } from '../template-renderer.js';
import { partsFor, unitsOf, type TemplateVariants } from '../template-set.js';
import type { TemplateSettings } from '../template-settings.js';
import { exampleContext } from '../context-types/example-value.js';
import type { InspectedTemplates } from './inspect-templates.js';
import { reachableUnits } from './reachable-units.js';
import { shapesOf } from './template-shapes.js';

/** What is known of every template, by name. @internal */
export function describeTemplates(
  inspected: InspectedTemplates,
  { layout, helpers }: TemplateSettings,
): readonly TemplateDescription[] {
  const { set, programs } = inspected;
  const shapes = shapesOf(set, programs, { layout, helpers: Object.keys(helpers) });
  return shapes
    .map(({ name, shape, sample }): TemplateDescription => {
      const variants = set.templates.get(name) ?? new Map();
      const parts = Array.from(variants.keys(), (locale) => partsFor(variants, locale));
      return {
        name,
        locales: [...new Set([...variants.keys(), ...set.messages.keys()])],
        files: filesOf(variants, inspected, layout),
        stream: parts.find(({ stream }) => stream !== undefined)?.stream,
        hasPreheader: parts.some(({ preheader }) => preheader !== undefined),
        sample: sample ?? exampleContext(shape),
        isOwnSample: sample !== undefined,
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The files that a template is made of: its own, its layout's, and the partials that these may call. */
function filesOf(
  variants: TemplateVariants,
  inspected: InspectedTemplates,
  layoutByDefault: string | undefined,
): readonly TemplateFile[] {
  const units = Array.from(variants.keys()).flatMap((locale) => {
    const parts = partsFor(variants, locale);
    const { layout = layoutByDefault } = parts;
    const frame = typeof layout === 'string' ? inspected.set.layouts.get(layout) : undefined;
    return [...unitsOf(parts), ...(frame ? unitsOf(partsFor(frame, parts.language)) : [])];
  });
  const files = new Map<string, TemplateFile>();
  for (const { name, root, path, source } of reachableUnits(units, inspected)) {
    if (!files.has(path)) files.set(path, { name, root, path, source });
  }
  return [...files.values()];
}
