import type { TemplateSettings } from '../template-settings.js';
import { LocaleFormats } from '../locales/locale-formats.js';
import { FORMAT_HELPERS, formatHelpers } from './format-helpers.js';
import { guardHelper, watchForMarkup, type HandlebarsHelper } from './guard-helper.js';
import { HandlebarsEngine, type EngineRules } from './handlebars-engine.js';
import type { InspectedTemplates } from './inspect-templates.js';
import { propertyLookup } from './property-lookup.js';
import type { RenderBudget } from './render-budget.js';
import type { Ingredients } from './resolve-program.js';
import type { Program } from './syntax-tree.js';

/**
 * The engines of one relay. Text and subject are not escaped, and Handlebars compiles a partial for one or the other:
 * so an engine each.
 *
 * @internal
 */
export class TemplateEngines {
  readonly html: HandlebarsEngine;
  readonly text: HandlebarsEngine;
  readonly htmlPartials: Ingredients;
  readonly textPartials: Ingredients;
  /** How often helpers made markup, and the last that did: the renderer looks at it before and after a render. */
  readonly markup: { count: number; helper: string | undefined } = { count: 0, helper: undefined };
  readonly #templates: InspectedTemplates;

  constructor(templates: InspectedTemplates, settings: TemplateSettings, budget: RenderBudget) {
    this.#templates = templates;
    const rules: EngineRules = {
      lookup: propertyLookup(settings.allowGetters),
      budget,
      strict: settings.strict,
      needing: new Set(FORMAT_HELPERS.filter((name) => !Object.hasOwn(settings.helpers, name))),
    };
    const guarded = Object.entries(settings.helpers).map(
      ([name, helper]) => [name, guardHelper(name, helper)] as const,
    );
    const watched = guarded.map(([name, helper]) => {
      const onMarkup = (): void => {
        this.markup.count++;
        this.markup.helper = name;
      };
      return [name, watchForMarkup(helper, onMarkup)] as const;
    });
    const formats = new LocaleFormats(settings.timeZone);
    const builtIn = (escape: boolean): Readonly<Record<string, HandlebarsHelper>> => {
      const helpers = formatHelpers({ formats, translations: templates.translations, escape });
      const named = Object.entries(helpers).map(([name, helper]) => [name, guardHelper(name, helper)]);
      return Object.fromEntries(named) as Readonly<Record<string, HandlebarsHelper>>;
    };
    const htmlHelpers = { ...builtIn(true), ...Object.fromEntries(watched) };
    this.html = new HandlebarsEngine(htmlHelpers, { ...rules, escape: true });
    const textHelpers = { ...builtIn(false), ...Object.fromEntries(guarded) };
    this.text = new HandlebarsEngine(textHelpers, { ...rules, escape: false });
    this.htmlPartials = this.#ingredients((name) => name);
    this.textPartials = this.#ingredients((name) =>
      templates.set.partials.has(`${name}.text`) ? `${name}.text` : name,
    );
    this.#addPartials();
  }

  #ingredients(resolveName: (name: string) => string): Ingredients {
    const { set, inlineNames, programs } = this.#templates;
    const partials = new Map<string, Program>();
    for (const name of set.partials.keys()) {
      const file = set.partials.get(resolveName(name));
      const program = file && programs.get(file);
      if (program !== undefined) partials.set(name, program);
    }
    return { partials, inlineNames };
  }

  #addPartials(): void {
    for (const [name, program] of this.htmlPartials.partials) this.html.addPartial(name, program);
    for (const [name, program] of this.textPartials.partials) this.text.addPartial(name, program);
  }
}
