import Handlebars from 'handlebars';

import type { HandlebarsHelper } from './guard-helper.js';
import type { Program } from './syntax-tree.js';

/**
 * A compiled template: context to text.
 *
 * @internal
 */
export type TemplateFunction = (context: object) => string;

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

  /** @param escape false for text, which is not html: its partials are compiled the same way */
  constructor(helpers: Readonly<Record<string, HandlebarsHelper>>, escape: boolean) {
    this.#handlebars.unregisterHelper(UNSAFE_HELPER);
    for (const [name, helper] of Object.entries(helpers)) this.#handlebars.registerHelper(name, helper);
    // A name that is no helper is looked up in the context directly, without asking for a helper at each render.
    const knownHelpers = {
      [UNSAFE_HELPER]: false,
      ...Object.fromEntries(Object.keys(helpers).map((name) => [name, true])),
    };
    this.#options = { knownHelpers, knownHelpersOnly: true, noEscape: !escape };
  }

  addPartial(name: string, program: Program): void {
    this.#handlebars.registerPartial(name, this.#load(program));
  }

  /**
   * Compiles a template at once; Handlebars' own `compile` waits for the first render, and its errors with it.
   *
   * @throws Error of Handlebars
   */
  compile(program: Program): TemplateFunction {
    const template = this.#load(program);
    return (context) => template(context, RUNTIME_OPTIONS);
  }

  #load(program: Program): Handlebars.TemplateDelegate<object> {
    const code = this.#handlebars.precompile(program, this.#options) as string;
    // How the documentation loads a precompiled template. The code is the compiler's, made from the application's files.
    // eslint-disable-next-line typescript/no-implied-eval
    const specification = (new Function(`return ${code}`) as () => TemplateSpecification)();
    return this.#handlebars.template<object>(specification);
  }
}
