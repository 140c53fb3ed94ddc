import { DEFAULT_LOCALE } from '../locale-chain.js';
import { SpokenLocale } from '../locales/spoken-locale.js';
import { templateError, type TemplateProblem } from '../template-problem.js';
import type { TemplateSources } from '../template-loader.js';
import type { TemplateDescription } from '../template-renderer.js';
import { partsFor, unitsOf, type LocalizedParts } from '../template-set.js';
import type { TemplateSettings } from '../template-settings.js';
import type { TemplateUnit } from '../template-unit.js';
import { describeTemplates } from './describe-templates.js';
import { inspectTemplates, type InspectedTemplates } from './inspect-templates.js';
import { syntaxProblem } from './parse-template.js';
import { RenderBudget } from './render-budget.js';
import type { PlacedPath } from './render-error.js';
import { reachableUnits } from './reachable-units.js';
import { isPath, walkTree } from './syntax-tree.js';
import { TemplateCompiler, type CompiledTemplate } from './template-compiler.js';
import { TemplateEngines } from './template-engines.js';

/** A template in one locale. @internal */
export interface TemplateVariant {
  readonly parts: LocalizedParts;
  /** The locale that the words of this template are in, given the one that was asked for. */
  readonly spoken: SpokenLocale;
  compiled: CompiledTemplate;
}

/**
 * What {@link LoadedTemplates} are made with.
 *
 * @internal
 */
export interface LoadedTemplatesDeps {
  readonly settings: TemplateSettings;
  readonly notice: (message: string) => void;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

/**
 * Everything that one load came to: inspected, compiled, ready to render. A later load makes new ones.
 *
 * @internal
 */
export class LoadedTemplates {
  /** By name and locale, in lower case; the default is always there. */
  readonly templates: ReadonlyMap<string, ReadonlyMap<string, TemplateVariant>>;
  readonly roots: readonly string[];
  readonly budget: RenderBudget;
  readonly #inspected: InspectedTemplates;
  readonly #engines: TemplateEngines;
  readonly #compiler: TemplateCompiler;
  readonly #settings: TemplateSettings;
  readonly #notice: (message: string) => void;
  #described: readonly TemplateDescription[] | undefined;

  /** @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` naming every problem */
  constructor(sources: TemplateSources, { settings, notice, now }: LoadedTemplatesDeps) {
    this.roots = sources.roots;
    this.budget = new RenderBudget(settings, now);
    this.#settings = settings;
    this.#notice = notice;
    this.#inspected = inspectTemplates(sources, settings);
    this.#engines = new TemplateEngines(this.#inspected, settings, this.budget);
    for (const message of this.#inspected.notices) notice(message);
    this.#compiler = new TemplateCompiler(this.#inspected, this.#engines, settings, notice);
    this.templates = this.#compileAll();
  }

  /** What helpers made of markup so far. */
  get markup(): TemplateEngines['markup'] {
    return this.#engines.markup;
  }

  names(): readonly string[] {
    return [...this.templates.keys()].toSorted();
  }

  /** What is known of each template. */
  describe(): readonly TemplateDescription[] {
    return (this.#described ??= describeTemplates(this.#inspected, this.#settings));
  }

  /** A helper made markup: from now on css and text of this template are worked out on each render. */
  expectMarkup(variant: TemplateVariant): void {
    variant.compiled = this.#compiler.compileForMarkup(variant.parts);
    this.#notice(
      `${variant.parts.html?.path}: css is inlined and text derived on each render from now on, because the helper ` +
        `${this.markup.helper} makes html.`,
    );
  }

  /** The first place where a template, its layout or one of its partials asks for a property. */
  findPath({ parts }: TemplateVariant, property: string): PlacedPath | undefined {
    for (const unit of this.#reach(parts)) {
      const program = this.#inspected.programs.get(unit);
      if (program === undefined) continue;
      for (const node of walkTree(program)) {
        if (isPath(node) && node.parts.includes(property)) return { path: node.original, loc: node.loc };
      }
    }
    return undefined;
  }

  #reach(parts: LocalizedParts): readonly TemplateUnit[] {
    return reachableUnits([...unitsOf(parts), ...unitsOf(this.#compiler.layoutOf(parts))], this.#inspected);
  }

  #spoken(parts: LocalizedParts, locales: Iterable<string>): SpokenLocale {
    const { facts, translations } = this.#inspected;
    const translates = this.#reach(parts).some((unit) => (facts.get(unit)?.messages.length ?? 0) > 0);
    const spoken = [...locales, ...(translates ? translations.locales : [])].filter(
      (tag) => tag !== DEFAULT_LOCALE,
    );
    return new SpokenLocale(spoken, this.#settings.defaultLocale);
  }

  #compileAll(): ReadonlyMap<string, ReadonlyMap<string, TemplateVariant>> {
    const templates = new Map<string, ReadonlyMap<string, TemplateVariant>>();
    const problems = new Map<string, TemplateProblem>();
    for (const [name, locales] of this.#inspected.set.templates) {
      const variants = new Map<string, TemplateVariant>();
      for (const locale of locales.keys()) {
        const parts = partsFor(locales, locale);
        const unit = parts.html ?? parts.text ?? parts.subject;
        try {
          variants.set(locale, {
            parts,
            spoken: this.#spoken(parts, locales.keys()),
            compiled: this.#compiler.compile(parts),
          });
        } catch (error) {
          if (unit !== undefined) problems.set(unit.path, syntaxProblem(unit, error));
        }
      }
      templates.set(name, variants);
    }
    if (problems.size > 0) throw templateError([...problems.values()]);
    return templates;
  }
}
