import { localeChain } from './locale-chain.js';
import type { TemplateFile } from './template-loader.js';
import type { TemplateUnit } from './template-unit.js';

/**
 * What makes up one template, or one layout, in one locale.
 *
 * @internal
 */
export interface TemplateParts {
  readonly html?: TemplateUnit | undefined;
  readonly text?: TemplateUnit | undefined;
  readonly subject?: TemplateUnit | undefined;
  readonly preheader?: TemplateUnit | undefined;
  /** The layout that the template names; `false` for none. Absent: the layout of the options. */
  readonly layout?: string | false | undefined;
  /** The stream that the template is meant for. */
  readonly stream?: string | undefined;
  readonly sample?: object | undefined;
}

/** The parts of one template by locale, in lower case; the default is always there. @internal */
export type TemplateVariants = ReadonlyMap<string, TemplateParts>;

/** The parts that count for a locale. @internal */
export interface LocalizedParts extends TemplateParts {
  /** The locale that the body is in, in lower case; empty for the default. */
  readonly language: string;
}

/**
 * Every file in its role.
 *
 * @internal
 */
export interface TemplateSet {
  readonly templates: ReadonlyMap<string, TemplateVariants>;
  readonly layouts: ReadonlyMap<string, TemplateVariants>;
  /** By path below `partials/` without the ending: `footer`, `footer.text`, `blocks/button`. */
  readonly partials: ReadonlyMap<string, TemplateFile>;
  /** The files below `locales/` by locale, in lower case; those of the first root first. */
  readonly messages: ReadonlyMap<string, readonly TemplateFile[]>;
}

/** Every unit of a set. @internal */
export function allUnits({ templates, layouts, partials }: TemplateSet): readonly TemplateUnit[] {
  const variants = [...templates.values(), ...layouts.values()].flatMap((locales) => [...locales.values()]);
  return [...variants.flatMap(unitsOf), ...partials.values()];
}

/** The parts that are compiled. @internal */
export function unitsOf({ html, text, subject, preheader }: TemplateParts): readonly TemplateUnit[] {
  return [html, text, subject, preheader].filter((unit) => unit !== undefined);
}

/**
 * The parts that count for a locale: each from the most exact locale that has it. Text and preheader are never taken
 * from a more general locale than the html, or a German mail would carry an English text.
 *
 * @internal
 */
export function partsFor(variants: TemplateVariants, locale: string): LocalizedParts {
  const tags = localeChain(locale);
  const chain = tags.map((tag) => variants.get(tag) ?? {});
  const first = (has: (parts: TemplateParts) => unknown): number =>
    chain.findIndex((parts) => has(parts) !== undefined);
  const html = first((parts) => parts.html);
  const text = first((parts) => parts.text);
  const preheader = first((parts) => parts.preheader);
  return {
    html: chain[html]?.html,
    text: html === -1 || text <= html ? chain[text]?.text : undefined,
    subject: chain.find((parts) => parts.subject !== undefined)?.subject,
    preheader: html === -1 || preheader <= html ? chain[preheader]?.preheader : undefined,
    layout: chain.find((parts) => parts.layout !== undefined)?.layout,
    stream: chain.find((parts) => parts.stream !== undefined)?.stream,
    sample: chain.find((parts) => parts.sample !== undefined)?.sample,
    language: tags[html === -1 ? text : html] ?? '',
  };
}
