import { DEFAULT_LOCALE, isLocaleShaped, localeChain } from './locale-chain.js';
import type { TemplateFile, TemplateSources } from './template-loader.js';
import type { TemplateProblem } from './template-problem.js';

/**
 * The files that make up one template in one locale.
 *
 * @internal
 */
export interface TemplateParts {
  readonly html?: TemplateFile | undefined;
  readonly text?: TemplateFile | undefined;
  readonly subject?: TemplateFile | undefined;
}

/** The parts of one template by locale, in lower case; the default is always there. @internal */
export type TemplateVariants = ReadonlyMap<string, TemplateParts>;

/**
 * Every file in its role.
 *
 * @internal
 */
export interface TemplateSet {
  readonly templates: ReadonlyMap<string, TemplateVariants>;
  readonly layouts: ReadonlyMap<string, TemplateParts>;
  /** By path below `partials/` without the ending: `footer`, `footer.text`, `blocks/button`. */
  readonly partials: ReadonlyMap<string, TemplateFile>;
}

type Part = keyof TemplateParts;

const ENDING = '.hbs';

/**
 * Gives every file its role by its name: `layouts/x.hbs`, `partials/x.hbs`, `x.hbs`, `x.text.hbs`, `x.subject.hbs`,
 * and `x.de.hbs` where there is also a template `x`. Of several roots the first that holds a template, layout or
 * partial wins, with all its parts.
 *
 * @internal
 */
export function organizeTemplates(sources: TemplateSources): {
  readonly set: TemplateSet;
  readonly problems: readonly TemplateProblem[];
} {
  const templates = new Map<string, TemplateVariants>();
  const layouts = new Map<string, TemplateParts>();
  const partials = new Map<string, TemplateFile>();
  const problems: TemplateProblem[] = [];
  for (const root of sources.roots) {
    const files = sources.files.filter((file) => file.root === root && file.name.endsWith(ENDING));
    problems.push(...findClashes(files), ...findUntexted(files));
    const parts = { layouts: new Map<string, TemplateParts>(), templates: new Map<string, TemplateParts>() };
    for (const file of files) {
      const name = file.name.slice(0, -ENDING.length);
      if (name.startsWith('partials/')) addFirst(partials, name.slice('partials/'.length), file);
      else if (name.startsWith('layouts/')) addPart(parts.layouts, name.slice('layouts/'.length), file);
      else addPart(parts.templates, name, file);
    }
    for (const [name, layout] of parts.layouts) addFirst(layouts, name, layout);
    for (const [name, variants] of groupLocales(parts.templates)) addFirst(templates, name, variants);
  }
  for (const variants of templates.values()) problems.push(...findBodiless(variants));
  return { set: { templates, layouts, partials }, problems };
}

/**
 * The parts that count for a locale: each from the most exact locale that has it. A text part is never taken from
 * a more general locale than the html, or a German mail would carry an English text.
 *
 * @internal
 */
export function partsFor(variants: TemplateVariants, locale: string): TemplateParts {
  const chain = localeChain(locale).map((tag) => variants.get(tag) ?? {});
  const html = chain.findIndex((parts) => parts.html !== undefined);
  const text = chain.findIndex((parts) => parts.text !== undefined);
  return {
    html: chain[html]?.html,
    text: html === -1 || text <= html ? chain[text]?.text : undefined,
    subject: chain.find((parts) => parts.subject !== undefined)?.subject,
  };
}

function addFirst<V>(map: Map<string, V>, name: string, value: V): void {
  if (!map.has(name)) map.set(name, value);
}

function addPart(map: Map<string, TemplateParts>, fileName: string, file: TemplateFile): void {
  const match = /^(.+)\.(text|subject)$/.exec(fileName);
  const name = match?.[1] ?? fileName;
  const part: Part = match === null ? 'html' : (match[2] as Part);
  map.set(name, { ...map.get(name), [part]: file });
}

function groupLocales(parts: ReadonlyMap<string, TemplateParts>): ReadonlyMap<string, TemplateVariants> {
  const groups = new Map<string, Map<string, TemplateParts>>();
  for (const [fullName, value] of parts) {
    const dot = fullName.lastIndexOf('.');
    const base = fullName.slice(0, Math.max(0, dot));
    const localized = parts.has(base) && isLocaleShaped(fullName.slice(dot + 1));
    const name = localized ? base : fullName;
    const locale = localized ? fullName.slice(dot + 1).toLowerCase() : DEFAULT_LOCALE;
    groups.set(name, (groups.get(name) ?? new Map<string, TemplateParts>()).set(locale, value));
  }
  return groups;
}

/** Names that a file system without case, or with another Unicode form, takes for the same. */
function findClashes(files: readonly TemplateFile[]): readonly TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  const seen = new Map<string, TemplateFile>();
  for (const file of files) {
    const key = file.name.normalize('NFC').toLowerCase();
    const other = seen.get(key);
    if (other === undefined) seen.set(key, file);
    else
      problems.push({
        path: file.path,
        message: `is the same name as ${other.path} on many file systems: rename one`,
      });
  }
  return problems;
}

function findUntexted(files: readonly TemplateFile[]): readonly TemplateProblem[] {
  return files
    .filter((file) => typeof file.source !== 'string')
    .map(({ path }) => ({
      path,
      message: 'is not text: a loader gives the source of a template, never a parsed one',
    }));
}

function findBodiless(variants: TemplateVariants): readonly TemplateProblem[] {
  const parts = partsFor(variants, DEFAULT_LOCALE);
  if (parts.html !== undefined || parts.text !== undefined || parts.subject === undefined) return [];
  const body = parts.subject.name.replace(/\.subject\.hbs$/, '.hbs');
  return [{ path: parts.subject.path, message: `is a subject without a template: add ${body}` }];
}
