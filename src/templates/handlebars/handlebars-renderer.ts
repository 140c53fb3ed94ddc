import { kindOf } from '../../core/kind-of.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { deriveText } from '../derive-text.js';
import { localeChain } from '../locale-chain.js';
import { suggestNames } from '../nearest-names.js';
import { shownName } from '../shown-name.js';
import type { TemplateLoader } from '../template-loader.js';
import type { TemplateOptions } from '../template-options.js';
import {
  TemplateRenderer,
  type RenderedContent,
  type RenderRequest,
  type TemplateDescription,
} from '../template-renderer.js';
import { resolveTemplateSettings, type TemplateSettings } from '../template-settings.js';
import { LoadedTemplates, type TemplateVariant } from './loaded-templates.js';
import { renderError } from './render-error.js';

/**
 * What a {@link HandlebarsRenderer} is given besides its options.
 *
 * @publicApi
 */
export interface HandlebarsRendererDeps {
  readonly loader: TemplateLoader;
  /** Told at boot, and rarely later, which templates are rendered more slowly than they could be, and why. */
  readonly notice: (message: string) => void;
  /** `NODE_ENV`: what is strict follows from it. @default none */
  readonly environment?: string | undefined;
  /** A monotonic clock in milliseconds. @default `performance.now` */
  readonly now?: (() => number) | undefined;
}

// eslint-disable-next-line no-control-regex -- control characters are what is refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const MAX_SHOWN_NAME = 100;

/**
 * Renders Handlebars templates that were compiled once, at boot: a render is a function call and reads no file, so
 * a changed file is seen at the next start.
 *
 * @publicApi
 */
export class HandlebarsRenderer extends TemplateRenderer {
  readonly #settings: TemplateSettings;
  readonly #deps: HandlebarsRendererDeps;
  #loaded: LoadedTemplates | undefined;

  constructor(options: TemplateOptions, deps: HandlebarsRendererDeps) {
    super();
    this.#settings = resolveTemplateSettings(options, deps.environment);
    this.#deps = deps;
  }

  override async prepare(): Promise<void> {
    const { loader, notice, now = () => performance.now() } = this.#deps;
    this.#loaded = new LoadedTemplates(await loader.load(), { settings: this.#settings, notice, now });
  }

  override names(): readonly string[] {
    return this.#loaded?.names() ?? [];
  }

  override roots(): readonly string[] {
    return this.#loaded?.roots ?? [];
  }

  override describe(): readonly TemplateDescription[] {
    return this.#loaded?.describe() ?? [];
  }

  override render({ template, context, locale }: RenderRequest): RenderedContent {
    const { loaded, variant } = this.#find(template, locale);
    try {
      return loaded.budget.run(() => this.#fill(loaded, template, variant, context, locale));
    } catch (error) {
      if (MailRelayError.is(error)) throw error;
      throw renderError(template, error, (property) => loaded.findPath(variant, property));
    }
  }

  #find(
    template: string,
    locale: string | undefined,
  ): { readonly loaded: LoadedTemplates; readonly variant: TemplateVariant } {
    const loaded = this.#loaded;
    const locales = loaded?.templates.get(template);
    if (loaded !== undefined && locales !== undefined) {
      for (const tag of localeChain(locale)) {
        const variant = locales.get(tag);
        if (variant !== undefined) return { loaded, variant };
      }
    }
    // From JavaScript it can be anything.
    const asked = typeof template === 'string' ? template.slice(0, MAX_SHOWN_NAME) : kindOf(template);
    throw new MailRelayError(
      'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND',
      `There is no template ${shownName(template)}. ${suggestNames(asked, this.names())} ` +
        (loaded === undefined
          ? 'prepare() was not called.'
          : `Read at boot from ${loaded.roots.join(', ')}.`),
      { field: 'template' },
    );
  }

  #fill(
    loaded: LoadedTemplates,
    name: string,
    variant: TemplateVariant,
    context: object,
    locale: string | undefined,
  ): RenderedContent {
    const { subject, html, text, finish, assumesNoMarkup } = variant.compiled;
    const data = { locale: variant.spoken.of(locale) };
    const markupBefore = loaded.markup.count;
    const filled = html?.(context, data);
    if (assumesNoMarkup && loaded.markup.count !== markupBefore) {
      loaded.expectMarkup(variant);
      return this.#fill(loaded, name, variant, context, locale);
    }
    const finished = filled === undefined ? undefined : (finish?.(filled) ?? filled);
    return {
      subject: subject && checkedSubject(name, subject(context, data)),
      html: finished,
      text: text === undefined ? deriveText(finished ?? '') : text(context, data),
    };
  }
}

/** White space of the template is gone by now: what is left came with a value, and would end the header. */
function checkedSubject(name: string, subject: string): string {
  if (!CONTROL.test(subject)) return subject.trim();
  throw new MailRelayError(
    'ERR_MAIL_RELAY_TEMPLATE_RENDER',
    `The subject of the template ${JSON.stringify(name)} has a line break or another control character in one of its ` +
      'values, and a subject is one line. Remove it from the value before the mail is queued.',
    { field: 'subject' },
  );
}
