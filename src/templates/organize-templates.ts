import { readFrontMatter, readSample } from './front-matter.js';
import { groupLocales } from './group-locales.js';
import { DEFAULT_LOCALE, isLocaleShaped } from './locale-chain.js';
import type { TemplateFile, TemplateSources } from './template-loader.js';
import type { TemplateProblem } from './template-problem.js';
import { partsFor, type TemplateParts, type TemplateSet, type TemplateVariants } from './template-set.js';

const ENDING = '.hbs';
const MJML = /\.mjml$/;
const SAMPLE_ENDING = '.sample.json';
const MESSAGES = /^locales\/([^/]+)\.json$/;
/** An empty, `.` or `..` segment, a backslash, a drive, a control character. */
// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const STRAY = /(?:^|\/)\.{0,2}(?:\/|$)|[\\\u0000-\u001f\u007f]|^[A-Za-z]:/;
const ROLE = /^(.+)\.(text|subject|mjml)$/;

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
    problems.push(...findClashes(given), ...findUntexted(given), ...findStray(given));
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
  if (name.startsWith('partials/'))
    addFirst(partials, name.slice('partials/'.length).replace(MJML, ''), file);
  else if (name.startsWith('layouts/')) return placeLayout(file, name.slice('layouts/'.length), layouts);
  else return placeTemplate(file, name, templates);
  return [];
}

function placeLayout(
  file: TemplateFile,
  fullName: string,
  layouts: Map<string, TemplateParts>,
): readonly TemplateProblem[] {
  const { name, part } = roleOf(fullName);
  const other = layouts.get(name)?.[part];
  addPart(layouts, fullName, file);
  return other === undefined
    ? []
    : [{ path: file.path, message: `is a second layout ${name}, beside ${other.path}: remove either` }];
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
  if (part === 'html' && before.html !== undefined) {
    return [
      { path: file.path, message: `is a second html of ${name}, beside ${before.html.path}: remove either` },
    ];
  }
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
  const role = match?.[2];
  return { name: match?.[1] ?? fullName, part: role === 'text' || role === 'subject' ? role : 'html' };
}

function addFirst<V>(map: Map<string, V>, name: string, value: V): void {
  if (!map.has(name)) map.set(name, value);
}

function addPart(map: Map<string, TemplateParts>, fullName: string, file: TemplateFile): void {
  const { name, part } = roleOf(fullName);
  map.set(name, { ...map.get(name), [part]: file });
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

/** Names that lead out of their root, or are no path below it. */
function findStray(files: readonly TemplateFile[]): readonly TemplateProblem[] {
  return files
    .filter(({ name }) => STRAY.test(name))
    .map(({ path }) => ({
      path,
      message: 'has a name that is no plain path below its root: mails/welcome.hbs',
    }));
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
