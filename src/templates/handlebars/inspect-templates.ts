import Handlebars from 'handlebars';

import { kindOf } from '../../core/kind-of.js';
import { suggestNames } from '../nearest-names.js';
import { organizeTemplates } from '../organize-templates.js';
import type { TemplateSources } from '../template-loader.js';
import { templateError, type TemplateProblem } from '../template-problem.js';
import { allUnits, unitsOf, type TemplateParts, type TemplateSet } from '../template-set.js';
import type { TemplateSettings } from '../template-settings.js';
import type { TemplateUnit } from '../template-unit.js';
import { readMessages, type Messages } from '../locales/read-messages.js';
import { Translations } from '../locales/translations.js';
import { checkMessages, untranslated } from './check-messages.js';
import { checkProgram, type KnownNames } from './check-program.js';
import { FORMAT_HELPERS } from './format-helpers.js';
import { UNSAFE_HELPER } from './handlebars-engine.js';
import { parseTemplate } from './parse-template.js';
import { freeVariables, programFacts, type ProgramFacts } from './program-facts.js';
import { resolveLayout } from './resolve-program.js';
import type { Program } from './syntax-tree.js';

/**
 * Templates that were parsed and whose names all lead somewhere.
 *
 * @internal
 */
export interface InspectedTemplates {
  readonly set: TemplateSet;
  /** The syntax tree of every unit. */
  readonly programs: ReadonlyMap<TemplateUnit, Program>;
  /** What every unit refers to. */
  readonly facts: ReadonlyMap<TemplateUnit, ProgramFacts>;
  readonly translations: Translations;
  /** What is not wrong, and worth to be said. */
  readonly notices: readonly string[];
  /** Names that some template gives to a partial of its own. */
  readonly inlineNames: ReadonlySet<string>;
}

/** Called by Handlebars, not by templates. */
const HOOKS: ReadonlySet<string> = new Set(['helperMissing', 'blockHelperMissing']);

/**
 * Parses every file and resolves every name.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` naming every problem
 * @internal
 */
export function inspectTemplates(sources: TemplateSources, settings: TemplateSettings): InspectedTemplates {
  const { set, problems: misnamed } = organizeTemplates(sources);
  if (misnamed.length > 0) throw templateError(misnamed);
  const problems: TemplateProblem[] = [];
  const programs = new Map<TemplateUnit, Program>();
  const facts = new Map<TemplateUnit, ProgramFacts>();
  const ownHelpers = new Set(Object.keys(settings.helpers));
  for (const unit of allUnits(set)) {
    const parsed = parseTemplate(unit);
    if (!('type' in parsed)) {
      problems.push(parsed);
      continue;
    }
    freeVariables(parsed, ownHelpers);
    programs.set(unit, parsed);
    facts.set(unit, programFacts(parsed));
  }
  const inlineNames = new Set([...facts.values()].flatMap((found) => found.inlineNames));
  const known = knownNames(set, ownHelpers, inlineNames);
  for (const [unit, program] of programs) problems.push(...checkProgram(unit, program, known));
  problems.push(...checkHelpers(settings.helpers));
  problems.push(...checkLayouts(set, programs, settings.layout));
  const { translations, notices, problems: unsaid } = inspectMessages(set, facts, ownHelpers, settings);
  problems.push(...unsaid);
  if (problems.length > 0) throw templateError(problems);
  return { set, programs, facts, translations, notices, inlineNames };
}

function knownNames(
  set: TemplateSet,
  ownHelpers: ReadonlySet<string>,
  inlineNames: ReadonlySet<string>,
): KnownNames {
  const builtIn = Object.keys(Handlebars.create().helpers).filter((name) => name !== UNSAFE_HELPER);
  const helpers = [...builtIn, ...FORMAT_HELPERS, ...ownHelpers].filter((name) => !HOOKS.has(name));
  return { helpers: new Set(helpers), partials: new Set([...set.partials.keys(), ...inlineNames]) };
}

function inspectMessages(
  set: TemplateSet,
  facts: ReadonlyMap<TemplateUnit, ProgramFacts>,
  ownHelpers: ReadonlySet<string>,
  { defaultLocale }: TemplateSettings,
): Pick<InspectedTemplates, 'translations' | 'notices'> & { readonly problems: readonly TemplateProblem[] } {
  const problems: TemplateProblem[] = [];
  const byLocale = new Map<string, Messages>();
  for (const [locale, files] of set.messages) {
    const read = readMessages(files);
    byLocale.set(locale, read.messages);
    problems.push(...read.problems);
  }
  const translations = new Translations(byLocale, defaultLocale);
  if (ownHelpers.has('t')) return { translations, notices: [], problems };
  for (const [unit, { messages }] of facts) {
    problems.push(...checkMessages(unit, messages, translations, defaultLocale));
  }
  const calls = [...facts.values()].flatMap(({ messages }) => messages);
  return { translations, notices: untranslated(calls, translations, defaultLocale), problems };
}

function checkHelpers(helpers: Readonly<Record<string, unknown>>): readonly TemplateProblem[] {
  return Object.entries(helpers)
    .filter(([, helper]) => typeof helper !== 'function')
    .map(([name, helper]) => ({
      path: `templates.helpers.${name}`,
      message: `is ${kindOf(helper)}, and a helper is a function`,
    }));
}

/** Layouts that are named and do not exist, and those that have no place for a template. */
function checkLayouts(
  { templates, layouts }: TemplateSet,
  programs: ReadonlyMap<TemplateUnit, Program>,
  byDefault: string | undefined,
): readonly TemplateProblem[] {
  const used = new Set<string>();
  const problems: TemplateProblem[] = [];
  const use = (name: string | false | undefined, path: string): void => {
    if (name === undefined || name === false) return;
    if (layouts.has(name)) used.add(name);
    else {
      const message = `names layouts/${name}.hbs, which does not exist. ${suggestNames(name, [...layouts.keys()])}`;
      problems.push({ path, message });
    }
  };
  use(byDefault, 'templates.layout');
  for (const parts of [...templates.values()].flatMap((locales) => [...locales.values()])) {
    use(parts.layout, (parts.html ?? parts.text)?.path ?? '');
  }
  const parts = [...used].flatMap((name) => [...(layouts.get(name)?.values() ?? [])]);
  return [...problems, ...parts.flatMap((layout) => bodiless(layout, programs))];
}

function bodiless(
  layout: TemplateParts,
  programs: ReadonlyMap<TemplateUnit, Program>,
): readonly TemplateProblem[] {
  return unitsOf(layout).flatMap((file) => {
    const program = programs.get(file);
    if (program === undefined || resolveLayout(program, program) !== undefined) return [];
    return { path: file.path, message: 'is a layout without {{{body}}}: write it where the template goes' };
  });
}
