import Handlebars from 'handlebars';

import { eachHelper } from './each-helper.js';
import type { HandlebarsHelper } from './guard-helper.js';
import type { PropertyLookup } from './property-lookup.js';
import type { RenderBudget } from './render-budget.js';
import { REQUIRE_VALUE, requireValues } from './require-values.js';
import { requiredValue } from './required-value.js';
import type { Program } from './syntax-tree.js';

/**
 * A compiled template: context to text.
 *
 * @internal
 */
export type TemplateFunction = (context: object, data: RenderData) => string;

/** What every template sees besides its context, as `@locale`. @internal */
export interface RenderData {
  readonly locale: string;
}

/**
 * What the templates of an engine may do.
 *
 * @internal
 */
export interface EngineRules {
  readonly lookup: PropertyLookup;
  readonly budget: RenderBudget;
  /** Whether an unknown variable is an error. */
  readonly strict: boolean;
  /** Names of helpers that cannot do without their arguments. */
  readonly needing: ReadonlySet<string>;
}

/** The part of Handlebars' runtime that compiled templates call: what they read properties with is in it. */
interface Container {
  lookupProperty: PropertyLookup;
  readonly helpers?: unknown;
  readonly partials?: unknown;
}

type Main = ((container: Container, ...rest: readonly unknown[]) => string) & { decorator?: unknown };

/** What Handlebars' compiler makes. */
interface Specification extends TemplateSpecification {
  main: Main;
  readonly useDepths?: boolean;
  readonly useBlockParams?: boolean;
  /** Partials of its own, which it adds to its container for as long as it runs. */
  readonly useDecorators?: boolean;
}

interface LoadedTemplate {
  readonly template: Handlebars.TemplateDelegate<object>;
  readonly specification: Specification;
  /** As the first run left it. */
  readonly container: () => Container | undefined;
}

/** Handlebars' own `log` writes values of the context, and those are somebody's. An application may bring its own. */
export const UNSAFE_HELPER = 'log';

/** Both are Handlebars' defaults; said aloud they also keep it from logging each refusal with the property's name. */
const RUNTIME_OPTIONS: Handlebars.RuntimeOptions = {
  allowProtoPropertiesByDefault: false,
  allowProtoMethodsByDefault: false,
};

/**
 * A Handlebars of our own, with helpers and partials that no other one sees.
 *
 * @internal
 */
export class HandlebarsEngine {
  readonly #handlebars = Handlebars.create();
  readonly #options: PrecompileOptions;
  readonly #rules: EngineRules;
  readonly #helperNames: ReadonlySet<string>;

  /** @param escape false for text, which is not html: its partials are compiled the same way */
  constructor(
    helpers: Readonly<Record<string, HandlebarsHelper>>,
    { escape, ...rules }: EngineRules & { readonly escape: boolean },
  ) {
    this.#rules = rules;
    this.#handlebars.unregisterHelper(UNSAFE_HELPER);
    const own = {
      each: eachHelper(rules.budget),
      lookup: lookupHelper(rules.lookup),
      ...(rules.strict && { [REQUIRE_VALUE]: requiredValue(rules.lookup) }),
    };
    for (const [name, helper] of Object.entries({ ...own, ...helpers }))
      this.#handlebars.registerHelper(name, helper);
    this.#helperNames = new Set(Object.keys(this.#handlebars.helpers));
    // A name that is no helper is looked up in the context directly, without asking for a helper at each render.
    const knownHelpers = Object.fromEntries(Array.from(this.#helperNames, (name) => [name, true]));
    this.#options = {
      knownHelpers: { [UNSAFE_HELPER]: false, ...knownHelpers },
      knownHelpersOnly: true,
      noEscape: !escape,
    };
  }

  /** A partial is compiled when it is first called: most are put into the templates instead. */
  addPartial(name: string, program: Program): void {
    let template: Handlebars.TemplateDelegate<object> | undefined;
    this.#handlebars.registerPartial(name, (context, options) => {
      template ??= this.#load(program).template;
      return template(context as object, options);
    });
  }

  /**
   * Compiles a template at once; Handlebars' own `compile` waits for the first render, and its errors with it.
   *
   * @throws Error of Handlebars
   */
  compile(program: Program): TemplateFunction {
    const { template, specification, container } = this.#load(program);
    const { budget } = this.#rules;
    const { useDepths, useBlockParams, useDecorators } = specification;
    return (context, data) => {
      const prepared = useDecorators === true ? undefined : container();
      if (prepared === undefined) return budget.checkSize(template(context, { ...RUNTIME_OPTIONS, data }));
      // Handlebars wraps every helper anew for each run. Ours never change, so those of the first run do.
      const text = specification.main(
        prepared,
        context,
        prepared.helpers,
        prepared.partials,
        { ...data, root: context },
        useBlockParams === true ? [] : undefined,
        useDepths === true ? [context] : undefined,
      );
      return budget.checkSize(text);
    };
  }

  #load(program: Program): LoadedTemplate {
    const { strict, needing, lookup, budget } = this.#rules;
    const prepared = strict ? requireValues(program, { helpers: this.#helperNames, needing }) : program;
    const code = this.#handlebars.precompile(prepared, this.#options) as string;
    // How the documentation loads a precompiled template. The code is the compiler's, made from the application's files.
    // eslint-disable-next-line typescript/no-implied-eval
    const specification = (new Function(`return ${code}`) as () => Specification)();
    // A template that is one unescaped value gives that value itself.
    const main = specification.main as (...args: readonly unknown[]) => unknown;
    let seen: Container | undefined;
    // Every part of a template reads properties by way of its container, which is first seen here.
    specification.main = (container, ...rest) => {
      seen = container;
      container.lookupProperty = lookup;
      const text = String(main(container, ...rest));
      budget.step(text.length);
      return text;
    };
    return {
      template: this.#handlebars.template<object>(specification),
      specification,
      container: () => seen,
    };
  }
}

/** `{{lookup list key}}`, by the same rule as every other property. */
function lookupHelper(lookup: PropertyLookup): HandlebarsHelper {
  return function lookupValue(parent, key) {
    return parent === null || parent === undefined ? parent : lookup(parent, String(key));
  };
}
