import { groupLocales } from '../group-locales.js';
import { localeChain } from '../locale-chain.js';
import type { TemplateFile, TemplateSources } from '../template-loader.js';
import type { TemplateProblem } from '../template-problem.js';

/** A file and the ending that names its engine. @internal */
export interface EnginePart {
  readonly file: TemplateFile;
  readonly engine: string;
}

/** @internal */
export type EngineParts = Readonly<Partial<Record<'html' | 'text' | 'subject', EnginePart>>>;

/** Folders of what engines put in themselves. */
const INCLUDED = /^(?:layouts|partials)\//;

/**
 * Gives the files of other engines their roles, by the same names as those of Handlebars: `welcome.pug`,
 * `welcome.de.pug`, `welcome.text.ejs`, `welcome.subject.ejs`.
 *
 * @param endings without the dot
 * @internal
 */
export function engineFiles(
  sources: TemplateSources,
  endings: readonly string[],
): {
  readonly templates: ReadonlyMap<string, ReadonlyMap<string, EngineParts>>;
  readonly problems: readonly TemplateProblem[];
} {
  const problems: TemplateProblem[] = [];
  const byFullName = new Map<string, EngineParts>();
  for (const root of sources.roots) {
    const inRoot = new Map<string, EngineParts>();
    for (const file of sources.files) {
      const engine = endings.find((ending) => file.name.endsWith(`.${ending}`));
      if (file.root !== root || engine === undefined || INCLUDED.test(file.name)) continue;
      const [, name = '', role = 'html'] =
        /^(.+?)(?:\.(text|subject))?$/.exec(file.name.slice(0, -engine.length - 1)) ?? [];
      const parts = inRoot.get(name) ?? {};
      const part = role as keyof EngineParts;
      if (parts[part] !== undefined)
        problems.push({ path: file.path, message: `is a second ${part} of ${name}` });
      inRoot.set(name, { ...parts, [part]: { file, engine } });
    }
    for (const [name, parts] of inRoot) if (!byFullName.has(name)) byFullName.set(name, parts);
  }
  const grouped = groupLocales(byFullName);
  const templates = new Map(Array.from(grouped, ([name, locales]) => [name, withFallbacks(locales)]));
  return { templates, problems };
}

/** Each part of a locale, or else that of a more general one; a text never from a more general one than the html. */
function withFallbacks(locales: ReadonlyMap<string, EngineParts>): ReadonlyMap<string, EngineParts> {
  const complete = Array.from(locales.keys(), (locale): [string, EngineParts] => {
    const chain = localeChain(locale).map((tag) => locales.get(tag) ?? {});
    const at = (part: keyof EngineParts): number => chain.findIndex((parts) => parts[part] !== undefined);
    const [html, text] = [at('html'), at('text')];
    return [
      locale,
      {
        ...(html !== -1 && { html: chain[html]?.html }),
        ...(text !== -1 && (html === -1 || text <= html) && { text: chain[text]?.text }),
        ...(at('subject') !== -1 && { subject: chain[at('subject')]?.subject }),
      } as EngineParts,
    ];
  });
  return new Map(complete);
}
