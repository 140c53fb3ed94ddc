import { kindOf } from '../../core/kind-of.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { deriveText } from '../derive-text.js';
import { inlineCss } from '../html/inline-css.js';
import { withoutMarks } from '../html/slot.js';
import { localeChain } from '../locale-chain.js';
import { shownName } from '../shown-name.js';
import { suggestNames } from '../nearest-names.js';
import type { TemplateLoader } from '../template-loader.js';
import type { TemplateOptions } from '../template-options.js';
import { templateError, type TemplateProblem } from '../template-problem.js';
import { TemplateRenderer, type RenderedContent, type RenderRequest } from '../template-renderer.js';
import { partsFor, type TemplateParts } from '../template-set.js';
import { inspectTemplates, type InspectedTemplates } from './inspect-templates.js';
import { syntaxProblem } from './parse-template.js';
import { renderError } from './render-error.js';
import { TemplateCompiler, type CompiledTemplate } from './template-compiler.js';

/**
 * What a {@link HandlebarsRenderer} is given besides its options.
 *
 * @publicApi
 */
export interface HandlebarsRendererDeps {
  readonly loader: TemplateLoader;
  /** Told at boot, and rarely later, which templates are rendered more slowly than they could be, and why. */
  readonly notice: (message: string) => void;
}

interface Variant {
  readonly parts: TemplateParts;
  compiled: CompiledTemplate;
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
  readonly #options: TemplateOptions;
  readonly #deps: HandlebarsRendererDeps;
  readonly #variants = new Map<string, Map<string, Variant>>();
  #compiler: TemplateCompiler | undefined;
  #roots: readonly string[] = [];

  constructor(options: TemplateOptions, deps: HandlebarsRendererDeps) {
    super();
    this.#options = options;
    this.#deps = deps;
  }

  override async prepare(): Promise<void> {
    const sources = await this.#deps.loader.load();
    const templates = inspectTemplates(sources, this.#options);
    this.#roots = sources.roots;
    this.#compiler = new TemplateCompiler(templates, this.#options, this.#deps.notice);
    this.#compileAll(templates, this.#compiler);
  }

  override names(): readonly string[] {
    return [...this.#variants.keys()].toSorted();
  }

  override render({ template, context, locale }: RenderRequest): RenderedContent {
    const variant = this.#find(template, locale);
    try {
      return this.#fill(template, variant, context);
    } catch (error) {
      throw MailRelayError.is(error) ? error : renderError(template, error);
    }
  }

  #compileAll({ set }: InspectedTemplates, compiler: TemplateCompiler): void {
    const problems = new Map<string, TemplateProblem>();
    for (const [name, locales] of set.templates) {
      const variants = new Map<string, Variant>();
      for (const locale of locales.keys()) {
        const parts = partsFor(locales, locale);
        const file = parts.html ?? parts.text ?? parts.subject;
        try {
          variants.set(locale, { parts, compiled: compiler.compile(parts) });
        } catch (error) {
          if (file !== undefined) problems.set(file.path, syntaxProblem(file, error));
        }
      }
      this.#variants.set(name, variants);
    }
    if (problems.size > 0) throw templateError([...problems.values()]);
  }

  #find(template: string, locale: string | undefined): Variant {
    const locales = this.#variants.get(template);
    for (const tag of locales === undefined ? [] : localeChain(locale)) {
      const variant = locales?.get(tag);
      if (variant !== undefined) return variant;
    }
    // From JavaScript it can be anything.
    const asked = typeof template === 'string' ? template.slice(0, MAX_SHOWN_NAME) : kindOf(template);
    throw new MailRelayError(
      'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND',
      `There is no template ${shownName(template)}. ${suggestNames(asked, this.names())} ` +
        (this.#compiler === undefined
          ? 'prepare() was not called.'
          : `Read at boot from ${this.#roots.join(', ')}.`),
      { field: 'template' },
    );
  }

  #fill(name: string, variant: Variant, context: object): RenderedContent {
    const { subject, html, text, inlinesEachRender, assumesNoMarkup } = variant.compiled;
    const markupBefore = this.#compiler?.markup.count;
    const filled = html?.(context);
    if (assumesNoMarkup && this.#compiler !== undefined && this.#compiler.markup.count !== markupBefore) {
      this.#expectMarkup(variant, this.#compiler);
      return this.#fill(name, variant, context);
    }
    const inlined = filled !== undefined && inlinesEachRender ? inlineFilled(filled) : filled;
    return {
      subject: subject && checkedSubject(name, subject(context)),
      html: inlined,
      text: text === undefined ? deriveText(inlined ?? '') : text(context),
    };
  }

  #expectMarkup(variant: Variant, compiler: TemplateCompiler): void {
    variant.compiled = compiler.compileForMarkup(variant.parts);
    this.#deps.notice(
      `${variant.parts.html?.path}: css is inlined and text derived on each render from now on, because the helper ` +
        `${compiler.markup.helper} makes html.`,
    );
  }
}

function inlineFilled(html: string): string {
  const inlined = inlineCss(withoutMarks(html));
  return typeof inlined === 'string' ? inlined : html;
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
