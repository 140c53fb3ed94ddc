import { readFrontMatter, readSample } from './front-matter.js';
import { DEFAULT_LOCALE, isLocaleShaped } from './locale-chain.js';
import type { TemplateFile, TemplateSources } from './template-loader.js';
import type { TemplateProblem } from './template-problem.js';
import { partsFor, type TemplateParts, type TemplateSet, type TemplateVariants } from './template-set.js';

const ENDING = '.hbs';
const SAMPLE_ENDING = '.sample.json';
const MESSAGES = /^locales\/([^/]+)\.json$/;
const ROLE = /^(.+)\.(text|subject)$/;

/** True for files that have a role by their name. @internal */
export function isTemplateFile(name: string): boolean {
  return name.endsWith(ENDING) || isCompanion(name);
}

/** True for files that belong to templates and are none. @internal */
export function isCompanion(name: string): boolean {
  return name.endsWith(SAMPLE_ENDING) || MESSAGES.test(name);
}

/** Templates and layouts of one root, by full name: `welcome`, `welcome.de`. */
interface Root {
  readonly templates: Map<string, TemplateParts>;
  readonly layouts: Map<string, TemplateParts>;
}

/**
 * Gives every file its role by its name: `layouts/x.hbs`, `partials/x.hbs`, `locales/de.json`, `x.hbs`, `x.text.hbs`,
 * `x.subject.hbs`, `x.sample.json`, and `x.de.hbs` where there is also a template `x`. Of several roots the first that
 * holds a template, layout or partial wins, with all its parts; messages are taken one by one.
 *
 * @internal
 */
export function organizeTemplates(sources: TemplateSources): {
  readonly set: TemplateSet;
  readonly problems: readonly TemplateProblem[];
} {
  const templates = new Map<string, TemplateVariants>();
  const layouts = new Map<string, TemplateVariants>();
  const partials = new Map<string, TemplateFile>();
  const messages = new Map<string, readonly TemplateFile[]>();
  const problems: TemplateProblem[] = [];
  for (const root of sources.roots) {
    const given = sources.files.filter((file) => file.root === root && isTemplateFile(file.name));
    problems.push(...findClashes(given), ...findUntexted(given));
    const files = given.filter(({ source }) => typeof source === 'string').map(withPlainLines);
    const found: Root = { templates: new Map(), layouts: new Map() };
    for (const file of files) problems.push(...place(file, found, partials, messages));
    for (const [name, variants] of groupLocales(found.layouts)) addFirst(layouts, name, variants);
    for (const [name, variants] of groupLocales(found.templates)) addFirst(templates, name, variants);
  }
  for (const [name, variants] of templates) problems.push(...findBodiless(name, variants));
  return { set: { templates, layouts, partials, messages }, problems };
}

function place(
  file: TemplateFile,
  { templates, layouts }: Root,
  partials: Map<string, TemplateFile>,
  messages: Map<string, readonly TemplateFile[]>,
): readonly TemplateProblem[] {
  const locale = MESSAGES.exec(file.name)?.[1];
  if (locale !== undefined) {
    if (!isLocaleShaped(locale)) {
      return [
        { path: file.path, message: 'is not named after a locale: locales/de.json, locales/pt-BR.json' },
      ];
    }
    const key = locale.toLowerCase();
    messages.set(key, [...(messages.get(key) ?? []), file]);
    return [];
  }
  if (file.name.endsWith(SAMPLE_ENDING)) return placeSample(file, templates);
  const name = file.name.slice(0, -ENDING.length);
  if (name.startsWith('partials/')) addFirst(partials, name.slice('partials/'.length), file);
  else if (name.startsWith('layouts/')) addPart(layouts, name.slice('layouts/'.length), file);
  else return placeTemplate(file, name, templates);
  return [];
}

function placeSample(file: TemplateFile, templates: Map<string, TemplateParts>): readonly TemplateProblem[] {
  const name = file.name.slice(0, -SAMPLE_ENDING.length);
  const sample = readSample(file.source);
  if (typeof sample === 'string') return [{ path: file.path, message: sample }];
  const parts = templates.get(name);
  if (parts?.sample !== undefined) return [{ path: file.path, message: `is a second sample of ${name}` }];
  templates.set(name, { ...parts, sample });
  return [];
}

function placeTemplate(
  file: TemplateFile,
  fullName: string,
  templates: Map<string, TemplateParts>,
): readonly TemplateProblem[] {
  const { name, part } = roleOf(fullName);
  if (part === 'subject') {
    const other = templates.get(name)?.subject;
    addPart(templates, fullName, file);
    return other === undefined ? [] : [secondSubject(other, file)];
  }
  const { body, matter, problems } = readFrontMatter(file);
  const before = templates.get(name) ?? {};
  templates.set(name, {
    ...before,
    ...Object.fromEntries(Object.entries(matter).filter(([key]) => key !== 'subject' || !before.subject)),
    [part]: body,
  });
  const twice = before.subject !== undefined && matter.subject !== undefined;
  return twice ? [...problems, secondSubject(file, before.subject)] : problems;
}

function secondSubject(file: TemplateFile, other: TemplateFile): TemplateProblem {
  return { path: file.path, message: `has a subject, and ${other.path} is one too: remove either` };
}

function roleOf(fullName: string): { readonly name: string; readonly part: 'html' | 'text' | 'subject' } {
  const match = ROLE.exec(fullName);
  return { name: match?.[1] ?? fullName, part: (match?.[2] as 'text' | 'subject' | undefined) ?? 'html' };
}

function addFirst<V>(map: Map<string, V>, name: string, value: V): void {
  if (!map.has(name)) map.set(name, value);
}

function addPart(map: Map<string, TemplateParts>, fullName: string, file: TemplateFile): void {
  const { name, part } = roleOf(fullName);
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

/** Without the byte order mark and carriage returns that editors leave. */
function withPlainLines(file: TemplateFile): TemplateFile {
  const source = file.source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return source === file.source ? file : { ...file, source };
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

function findBodiless(name: string, variants: TemplateVariants): readonly TemplateProblem[] {
  const { html, text, subject } = partsFor(variants, DEFAULT_LOCALE);
  if (html !== undefined || text !== undefined) return [];
  if (subject === undefined) {
    return [
      { path: `${name}${SAMPLE_ENDING}`, message: `is a sample without a template: add ${name}${ENDING}` },
    ];
  }
  const body = subject.name.replace(/\.subject\.hbs$/, ENDING);
  return [{ path: subject.path, message: `is a subject without a template: add ${body}` }];
}
