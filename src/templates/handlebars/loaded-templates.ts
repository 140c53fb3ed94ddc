import { DEFAULT_LOCALE } from '../locale-chain.js';
import { SpokenLocale } from '../locales/spoken-locale.js';
import type { MjmlEngine } from '../mjml/compile-mjml.js';
import { templateError, type TemplateProblem } from '../template-problem.js';
import type { TemplateSources } from '../template-loader.js';
import type { TemplateDescription } from '../template-renderer.js';
import { partsFor, unitsOf, type LocalizedParts } from '../template-set.js';
import type { TemplateSettings } from '../template-settings.js';
import type { TemplateUnit } from '../template-unit.js';
import { describeTemplates } from './describe-templates.js';
import { inspectTemplates, type InspectedTemplates } from './inspect-templates.js';
import { RenderBudget } from './render-budget.js';
import type { PlacedPath } from './render-error.js';
import { reachableUnits } from './reachable-units.js';
import { isPath, walkTree } from './syntax-tree.js';
import { TemplateCompiler } from './template-compiler.js';
import { TemplateVariant } from './template-variant.js';
import { TemplateEngines } from './template-engines.js';

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
  /** Absent where no template is MJML. */
  readonly mjml: MjmlEngine | undefined;
  /** Whether every template is compiled now, so that all that is wrong is said at once; else at its first render. */
  readonly compileAtOnce: boolean;
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
  constructor(sources: TemplateSources, { settings, notice, now, mjml, compileAtOnce }: LoadedTemplatesDeps) {
    this.roots = sources.roots;
    this.budget = new RenderBudget(settings, now);
    this.#settings = settings;
    this.#notice = notice;
    this.#inspected = inspectTemplates(sources, settings);
    this.#engines = new TemplateEngines(this.#inspected, settings, this.budget);
    for (const message of this.#inspected.notices) notice(message);
    this.#compiler = new TemplateCompiler(this.#inspected, this.#engines, { settings, notice, mjml });
    this.templates = this.#variants();
    if (compileAtOnce) this.#compileAll();
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
    variant.recompile(this.#compiler.compileForMarkup(variant.parts));
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

  #variants(): ReadonlyMap<string, ReadonlyMap<string, TemplateVariant>> {
    const templates = new Map<string, ReadonlyMap<string, TemplateVariant>>();
    for (const [name, locales] of this.#inspected.set.templates) {
      const variants = new Map<string, TemplateVariant>();
      for (const locale of locales.keys()) {
        const parts = partsFor(locales, locale);
        variants.set(locale, new TemplateVariant(parts, this.#spoken(parts, locales.keys()), this.#compiler));
      }
      templates.set(name, variants);
    }
    return templates;
  }

  #compileAll(): void {
    const problems = new Map<string, TemplateProblem>();
    for (const variants of this.templates.values()) {
      for (const variant of variants.values()) {
        const problem = variant.compile();
        if (problem !== undefined) problems.set(problem.path, problem);
      }
    }
    if (problems.size > 0) throw templateError([...problems.values()]);
  }
}
