import Handlebars from 'handlebars';

import { organizeTemplates } from '../organize-templates.js';
import type { TemplateSources } from '../template-loader.js';
import { templateError, type TemplateProblem } from '../template-problem.js';
import { allUnits, partsFor, unitsOf, type LocalizedParts, type TemplateSet } from '../template-set.js';
import type { TemplateUnit } from '../template-unit.js';
import type { TypedTemplate } from '../context-types/template-types.js';
import { ValueShape } from '../context-types/value-shape.js';
import { readContextShape } from './context-shape.js';
import { parseTemplate } from './parse-template.js';
import { resolveLayout } from './resolve-program.js';
import type { Program } from './syntax-tree.js';

/** What is known of the application's options. @internal */
export interface ShapeSettings {
  readonly layout?: string | undefined;
  /** Names of the application's helpers. */
  readonly helpers: readonly string[];
}

/** Names that stand for something else than the context. */
const BUILT_IN: readonly string[] = Object.keys(Handlebars.create().helpers);

/**
 * What every template expects of its context. Helpers that are not known are taken for such by their arguments, so it
 * works without the application.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` naming every file that cannot be read
 * @internal
 */
export function readTemplateShapes(
  sources: TemplateSources,
  settings: ShapeSettings,
): readonly TypedTemplate[] {
  const { set, problems } = organizeTemplates(sources);
  const programs = new Map<TemplateUnit, Program>();
  const wrong: TemplateProblem[] = [...problems];
  for (const unit of allUnits(set)) {
    const parsed = parseTemplate(unit);
    if ('type' in parsed) programs.set(unit, parsed);
    else wrong.push(parsed);
  }
  if (wrong.length > 0) throw templateError(wrong);
  return shapesOf(set, programs, settings);
}

/** The same for templates that are parsed already. @internal */
export function shapesOf(
  set: TemplateSet,
  programs: ReadonlyMap<TemplateUnit, Program>,
  { layout: layoutByDefault, helpers }: ShapeSettings,
): readonly TypedTemplate[] {
  const partials = new Map<string, Program>();
  for (const [name, file] of set.partials) {
    const program = programs.get(file);
    if (program) partials.set(name, program);
  }
  const surroundings = { partials, helpers: new Set([...BUILT_IN, ...helpers]) };
  return Array.from(set.templates, ([name, variants]): TypedTemplate => {
    const shape = new ValueShape();
    const files = new Set<string>();
    let sample: object | undefined;
    for (const locale of variants.keys()) {
      const parts = partsFor(variants, locale);
      for (const unit of unitsOf(parts)) files.add(unit.path);
      for (const program of programsOf(parts, set, programs, layoutByDefault)) {
        readContextShape(program, shape, surroundings);
      }
      sample ??= parts.sample;
    }
    return { name, files: [...files], shape, sample };
  });
}

/** The programs of one variant, each within its layout. */
function programsOf(
  parts: LocalizedParts,
  { layouts }: TemplateSet,
  programs: ReadonlyMap<TemplateUnit, Program>,
  layoutByDefault: string | undefined,
): readonly Program[] {
  const { layout: name = layoutByDefault } = parts;
  const variants = typeof name === 'string' ? layouts.get(name) : undefined;
  const layout = variants && partsFor(variants, parts.language);
  const within = (unit: TemplateUnit | undefined, frame: TemplateUnit | undefined): readonly Program[] => {
    const body = unit && programs.get(unit);
    if (!body) return [];
    const outer = frame && programs.get(frame);
    return [(outer && resolveLayout(outer, body)) ?? body];
  };
  return [
    ...within(parts.html, layout?.html),
    ...within(parts.text, layout?.text),
    ...within(parts.subject, undefined),
    ...within(parts.preheader, undefined),
  ];
}
