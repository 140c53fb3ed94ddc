import type { MjmlEngine } from './mjml/compile-mjml.js';
import type { TemplateEngine, TemplateFunction } from './template-engine.js';
import type { TemplateLoader } from './template-loader.js';

/**
 * A function that templates call by name. It gets the arguments of the call and, last, Handlebars' options; `this`
 * is the current context. It must be pure: a template's text part may call it once more.
 *
 * Its result is escaped. A helper that makes markup returns a `SafeString`.
 *
 * @publicApi
 */
export type TemplateHelper = (...args: never[]) => unknown;

/**
 * Where templates are and how they are compiled.
 *
 * @example
 * templates: { dir: 'templates', layout: 'default', helpers: { upper: (text: string) => text.toUpperCase() } }
 *
 * @publicApi
 */
export interface TemplateOptions {
  /**
   * One or more directories, absolute or relative to the application. A relative one is looked for below the
   * working directory, its `src` and its `dist`, then beside the main script. Of several directories the first
   * that holds a template wins. Not needed with a `loader` or `functions`.
   */
  readonly dir?: string | readonly string[] | undefined;
  /** Where templates come from besides `dir`, and before it: a database, an object store, memory. @default none */
  readonly loader?: TemplateLoader | readonly TemplateLoader[] | undefined;
  /**
   * How old what is known may be, milliseconds: before a render, when longer has passed, the loader is asked whether
   * something has changed. `false`: what was loaded at boot stays.
   *
   * @default 300 while `NODE_ENV` is `development` or not set; else 30 000 for loaders that tell a version, and `false` for `dir`
   */
  readonly reloadMs?: number | false | undefined;
  /** The name of a file below `layouts/`: its `{{{body}}}` is where each template goes. @default none */
  readonly layout?: string | undefined;
  /** Functions that the templates of this relay, and of no other, may call. @default none */
  readonly helpers?: Readonly<Record<string, TemplateHelper>> | undefined;
  /** Other engines by the ending of their files, for those who migrate: `{ pug: … }`. @default none */
  readonly engines?: Readonly<Record<string, TemplateEngine>> | undefined;
  /** Templates that are functions, by name: React, JSX, plain strings. @default none */
  readonly functions?: Readonly<Record<string, TemplateFunction>> | undefined;
  /** Makes html of the MJML in `.mjml.hbs` files. @default the optional package `mrml` */
  readonly mjml?: MjmlEngine | undefined;
  /** Copies the rules of `<style>` elements into `style` attributes. @default true */
  readonly inlineCss?: boolean | undefined;
  /**
   * The language of templates without a locale in their name: numbers and dates are written in it, and messages come
   * from `locales/<defaultLocale>.json` in the end.
   *
   * @default 'en'
   */
  readonly defaultLocale?: string | undefined;
  /** The time zone of `{{date}}`, as in `Europe/Vienna`. @default 'UTC' */
  readonly timeZone?: string | undefined;
  /**
   * Whether a variable that the context does not have is an error where the template needs it: where it is printed,
   * repeated by `{{#each}}` without an `{{else}}`, or formatted. Asking for it with `{{#if}}` is always allowed.
   *
   * @default true unless `NODE_ENV` is `production`
   */
  readonly strict?: boolean | undefined;
  /**
   * Lets templates read getters of class instances and values that classes inherit: all of them, or those with these
   * names. Methods are never called. A getter that is not allowed is an error of the render.
   *
   * @default false
   */
  readonly allowGetters?: boolean | readonly string[] | undefined;
  /**
   * Whether the boot log tells what is likely to go wrong with the templates in some inbox.
   *
   * @default true unless `NODE_ENV` is `production` or `test`
   */
  readonly lint?: boolean | undefined;
  /** How many characters each part of a mail may have. @default 5242880 */
  readonly maxRenderedChars?: number | undefined;
  /** How long a template may render, milliseconds; looked at in loops and at partials. @default 2000 */
  readonly maxRenderMs?: number | undefined;
}
