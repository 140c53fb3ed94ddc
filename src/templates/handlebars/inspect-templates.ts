import Handlebars from 'handlebars';

import { kindOf } from '../../core/kind-of.js';
import { suggestNames } from '../nearest-names.js';
import type { TemplateFile, TemplateSources } from '../template-loader.js';
import type { TemplateOptions } from '../template-options.js';
import { templateError, type TemplateProblem } from '../template-problem.js';
import { organizeTemplates, type TemplateParts, type TemplateSet } from '../template-set.js';
import { checkProgram, inlinePartialNames, type KnownNames } from './check-program.js';
import { UNSAFE_HELPER } from './handlebars-engine.js';
import { parseTemplate } from './parse-template.js';
import { resolveLayout } from './resolve-program.js';
import type { Program } from './syntax-tree.js';

/**
 * Templates that were parsed and whose names all lead somewhere.
 *
 * @internal
 */
export interface InspectedTemplates {
  readonly set: TemplateSet;
  /** The syntax tree of every file. */
  readonly programs: ReadonlyMap<TemplateFile, Program>;
  /** Names that some template gives to a partial of its own. */
  readonly inlineNames: ReadonlySet<string>;
  readonly layout: TemplateParts;
}

/** Called by Handlebars, not by templates. */
const HOOKS: ReadonlySet<string> = new Set(['helperMissing', 'blockHelperMissing']);

/**
 * Parses every file and resolves every name.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` naming every problem
 * @internal
 */
export function inspectTemplates(sources: TemplateSources, options: TemplateOptions): InspectedTemplates {
  const { set, problems: misnamed } = organizeTemplates(sources);
  if (misnamed.length > 0) throw templateError(misnamed);
  const problems: TemplateProblem[] = [];
  const programs = new Map<TemplateFile, Program>();
  for (const file of filesOf(set)) {
    const parsed = parseTemplate(file);
    if ('type' in parsed) programs.set(file, parsed);
    else problems.push(parsed);
  }
  const inlineNames = new Set([...programs.values()].flatMap(inlinePartialNames));
  const known: KnownNames = {
    helpers: new Set(
      [
        ...Object.keys(Handlebars.create().helpers).filter((name) => name !== UNSAFE_HELPER),
        ...Object.keys(options.helpers ?? {}),
      ].filter((name) => !HOOKS.has(name)),
    ),
    partials: new Set([...set.partials.keys(), ...inlineNames]),
  };
  for (const [file, program] of programs) problems.push(...checkProgram(file, program, known));
  problems.push(...checkHelpers(options.helpers ?? {}));
  const layout = options.layout === undefined ? {} : set.layouts.get(options.layout);
  problems.push(...checkLayout(options.layout ?? '', layout, set, programs));
  if (problems.length > 0) throw templateError(problems);
  return { set, programs, inlineNames, layout: layout ?? {} };
}

function filesOf({ templates, layouts, partials }: TemplateSet): readonly TemplateFile[] {
  const variants = [...templates.values()].flatMap((locales) => [...locales.values()]);
  return [
    ...[...variants, ...layouts.values()].flatMap((parts) => Object.values(parts)),
    ...partials.values(),
  ];
}

function checkHelpers(helpers: Readonly<Record<string, unknown>>): readonly TemplateProblem[] {
  return Object.entries(helpers)
    .filter(([, helper]) => typeof helper !== 'function')
    .map(([name, helper]) => ({
      path: `templates.helpers.${name}`,
      message: `is ${kindOf(helper)}, and a helper is a function`,
    }));
}

function checkLayout(
  name: string,
  layout: TemplateParts | undefined,
  set: TemplateSet,
  programs: ReadonlyMap<TemplateFile, Program>,
): readonly TemplateProblem[] {
  if (layout === undefined) {
    const message = `names layouts/${name}.hbs, which does not exist. ${suggestNames(name, [...set.layouts.keys()])}`;
    return [{ path: 'templates.layout', message }];
  }
  return Object.values(layout).flatMap((file: TemplateFile) => {
    const program = programs.get(file);
    if (program === undefined || resolveLayout(program, program) !== undefined) return [];
    return { path: file.path, message: 'is a layout without {{{body}}}: write it where the template goes' };
  });
}
