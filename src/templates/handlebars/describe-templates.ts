import type { TemplateFile } from '../template-loader.js';
import type { TemplateDescription } from '../template-renderer.js';
import { partsFor, unitsOf, type TemplateVariants } from '../template-set.js';
import type { TemplateSettings } from '../template-settings.js';
import type { TemplateUnit } from '../template-unit.js';
import { exampleContext } from '../context-types/example-value.js';
import type { InspectedTemplates } from './inspect-templates.js';
import { staticName, walkTree, type PartialStatement } from './syntax-tree.js';
import { shapesOf } from './template-shapes.js';

/** What is known of every template, by name. @internal */
export function describeTemplates(
  { set, programs }: InspectedTemplates,
  { layout, helpers }: TemplateSettings,
): readonly TemplateDescription[] {
  const shapes = shapesOf(set, programs, { layout, helpers: Object.keys(helpers) });
  const files = new FileFinder({ set, programs }, layout);
  return shapes
    .map(({ name, shape, sample }): TemplateDescription => {
      const variants = set.templates.get(name) ?? new Map();
      const parts = Array.from(variants.keys(), (locale) => partsFor(variants, locale));
      return {
        name,
        locales: [...new Set([...variants.keys(), ...set.messages.keys()])],
        files: files.of(variants),
        stream: parts.find(({ stream }) => stream !== undefined)?.stream,
        hasPreheader: parts.some(({ preheader }) => preheader !== undefined),
        sample: sample ?? exampleContext(shape),
        isOwnSample: sample !== undefined,
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Finds the files of templates: their own, their layouts and the partials that these name. */
class FileFinder {
  readonly #templates: Pick<InspectedTemplates, 'set' | 'programs'>;
  readonly #layoutByDefault: string | undefined;

  constructor(templates: Pick<InspectedTemplates, 'set' | 'programs'>, layoutByDefault: string | undefined) {
    this.#templates = templates;
    this.#layoutByDefault = layoutByDefault;
  }

  of(variants: TemplateVariants): readonly TemplateFile[] {
    const found = new Map<string, TemplateFile>();
    for (const locale of variants.keys()) {
      const parts = partsFor(variants, locale);
      this.#add(unitsOf(parts), found);
      const { layout = this.#layoutByDefault } = parts;
      const frame = typeof layout === 'string' ? this.#templates.set.layouts.get(layout) : undefined;
      if (frame) this.#add(unitsOf(partsFor(frame, parts.language)), found);
    }
    return [...found.values()];
  }

  #add(units: readonly TemplateUnit[], found: Map<string, TemplateFile>): void {
    for (const unit of units) {
      if (found.has(unit.path)) continue;
      const { name, root, path, source } = unit;
      found.set(path, { name, root, path, source });
      const program = this.#templates.programs.get(unit);
      const called = program ? [...walkTree(program)].filter(({ type }) => type.startsWith('Partial')) : [];
      for (const call of called) {
        const partial = this.#templates.set.partials.get(staticName((call as PartialStatement).name) ?? '');
        if (partial) this.#add([partial], found);
      }
    }
  }
}
