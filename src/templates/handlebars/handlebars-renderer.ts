import { kindOf } from '../../core/kind-of.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { checkSubject } from '../check-subject.js';
import { deriveText } from '../derive-text.js';
import { localeChain } from '../locale-chain.js';
import { loadMjml } from '../mjml/load-mjml.js';
import { suggestNames } from '../nearest-names.js';
import { renderTimer } from '../render-timer.js';
import { shownName } from '../shown-name.js';
import type { TemplateLoader, TemplateSources } from '../template-loader.js';
import type { TemplateOptions } from '../template-options.js';
import {
  TemplateRenderer,
  type RenderedContent,
  type RenderRequest,
  type TemplateDescription,
} from '../template-renderer.js';
import { TemplateFreshness } from '../template-freshness.js';
import { resolveTemplateSettings } from '../template-settings.js';
import { LoadedTemplates } from './loaded-templates.js';
import { renderError } from './render-error.js';
import type { TemplateVariant } from './template-variant.js';

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
  /** Calls back once; what it returns cancels that. @default a timer that keeps no process alive */
  readonly after?: ((delayMs: number, callback: () => void) => () => void) | undefined;
}

const MAX_SHOWN_NAME = 100;

/**
 * Renders Handlebars templates that were compiled once, at boot: a render is a function call. Where changes are looked
 * for, a render may wait for the loader first, and is a promise then.
 *
 * @publicApi
 */
export class HandlebarsRenderer extends TemplateRenderer {
  readonly #freshness: TemplateFreshness;
  readonly #load: (sources: TemplateSources) => Promise<LoadedTemplates>;
  #loaded: LoadedTemplates | undefined;

  constructor(options: TemplateOptions, deps: HandlebarsRendererDeps) {
    super();
    const settings = resolveTemplateSettings(options, deps.environment);
    const { loader, notice, now = () => performance.now(), after = renderTimer } = deps;
    this.#load = async (sources) => {
      const isMjml = sources.files.some(({ name }) => name.endsWith('.mjml.hbs'));
      const mjml = isMjml ? (options.mjml ?? (await loadMjml())) : undefined;
      const compileAtOnce = this.#loaded === undefined;
      return new LoadedTemplates(sources, { settings, notice, now, mjml, compileAtOnce });
    };
    this.#freshness = new TemplateFreshness({
      loader,
      notice,
      now,
      after,
      reloadMs: settings.reloadMs,
      failsWhenBroken: settings.failsWhenBroken,
      use: async (sources) => {
        this.#loaded = await this.#load(sources);
      },
    });
  }

  override async prepare(): Promise<void> {
    await this.#freshness.start();
  }

  /**
   * Loads templates without taking them into use, for who loads others at the same time.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` naming every problem
   * @internal
   */
  async load(sources: TemplateSources): Promise<{ names(): readonly string[]; take(): void }> {
    const loaded = await this.#load(sources);
    return {
      names: () => loaded.names(),
      take: () => {
        this.#loaded = loaded;
      },
    };
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

  override render(request: RenderRequest): RenderedContent | Promise<RenderedContent> {
    const refreshed = this.#loaded && this.#freshness.refresh();
    return refreshed === undefined ? this.renderNow(request) : refreshed.then(() => this.renderNow(request));
  }

  /** Renders with what is loaded, however old that is. */
  renderNow({ template, context, locale }: RenderRequest): RenderedContent {
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
        (loaded === undefined ? 'prepare() was not called.' : `Read from ${loaded.roots.join(', ')}.`),
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
      subject: subject && checkSubject(name, subject(context, data)),
      html: finished,
      text: text === undefined ? deriveText(finished ?? '') : text(context, data),
    };
  }
}
