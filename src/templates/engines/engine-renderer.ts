import { MailRelayError } from '../../core/mail-relay-error.js';
import { deriveText } from '../derive-text.js';
import { inlineRendered } from '../html/inline-css.js';
import { localeChain } from '../locale-chain.js';
import { checkSubject } from '../check-subject.js';
import type { EngineFacts, FunctionContent, TemplateEngine, TemplateFunction } from '../template-engine.js';
import { TemplateFreshness, type TemplateFreshnessDeps } from '../template-freshness.js';
import type { TemplateLoader, TemplateSources } from '../template-loader.js';
import { templateError, type TemplateProblem } from '../template-problem.js';
import {
  TemplateRenderer,
  type RenderedContent,
  type RenderRequest,
  type TemplateDescription,
} from '../template-renderer.js';
import type { TemplateSettings } from '../template-settings.js';
import { engineFiles, type EnginePart } from './engine-files.js';

type Render = (context: object, facts: EngineFacts) => FunctionContent | Promise<FunctionContent>;

/** The templates of Handlebars beside those of other engines: both are loaded at the same time, or neither. @internal */
export interface HandlebarsTemplates extends Pick<TemplateRenderer, 'names' | 'roots' | 'describe'> {
  /** @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` naming every problem; then nothing has changed */
  load(sources: TemplateSources): Promise<LoadedNames>;
  renderNow(request: RenderRequest): RenderedContent;
}

/** What was loaded and is not in use yet. @internal */
export interface LoadedNames {
  names(): readonly string[];
  /** From now on renders are from these. */
  take(): void;
}

/**
 * What an {@link EngineRenderer} is given.
 *
 * @internal
 */
export interface EngineRendererDeps extends Pick<TemplateFreshnessDeps, 'notice' | 'now' | 'after'> {
  /** Renders what is no template of another engine. */
  readonly handlebars: HandlebarsTemplates;
  readonly loader: TemplateLoader;
  readonly engines: Readonly<Record<string, TemplateEngine>>;
  readonly functions: Readonly<Record<string, TemplateFunction>>;
  readonly settings: TemplateSettings;
}

/**
 * Renders templates of other engines, by the ending of their files, and those that are functions. Nobody knows what
 * they will give, so css is inlined and text derived on each render.
 *
 * @internal
 */
export class EngineRenderer extends TemplateRenderer {
  readonly #deps: EngineRendererDeps;
  readonly #freshness: TemplateFreshness;
  #templates: ReadonlyMap<string, ReadonlyMap<string, Render>> = new Map();

  constructor(deps: EngineRendererDeps) {
    super();
    this.#deps = deps;
    const { loader, notice, now, after, settings } = deps;
    this.#freshness = new TemplateFreshness({
      loader,
      notice,
      now,
      after,
      reloadMs: settings.reloadMs,
      failsWhenBroken: settings.failsWhenBroken,
      use: async (sources) => {
        const loaded = await deps.handlebars.load(sources);
        this.#templates = this.#compile(sources, loaded.names());
        loaded.take();
      },
    });
  }

  override async prepare(): Promise<void> {
    await this.#freshness.start();
  }

  override names(): readonly string[] {
    return [...new Set([...this.#deps.handlebars.names(), ...this.#templates.keys()])].toSorted();
  }

  override roots(): readonly string[] {
    return this.#deps.handlebars.roots();
  }

  override describe(): readonly TemplateDescription[] {
    const others = Array.from(this.#templates, ([name, locales]): TemplateDescription => ({
      name,
      locales: [...locales.keys()],
      files: [],
      sample: {},
      isOwnSample: false,
    }));
    return [...this.#deps.handlebars.describe(), ...others].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  override render(request: RenderRequest): RenderedContent | Promise<RenderedContent> {
    const refreshed = this.#freshness.refresh();
    return refreshed === undefined ? this.#render(request) : refreshed.then(() => this.#render(request));
  }

  #render(request: RenderRequest): RenderedContent | Promise<RenderedContent> {
    const { template, context, locale } = request;
    const locales = this.#templates.get(template);
    const tag = localeChain(locale).find((name) => locales?.has(name));
    const render = tag === undefined ? undefined : locales?.get(tag);
    return render === undefined
      ? this.#deps.handlebars.renderNow(request)
      : this.#finish(template, async () => render(context, { locale }));
  }

  async #finish(
    template: string,
    render: () => FunctionContent | Promise<FunctionContent>,
  ): Promise<RenderedContent> {
    const { inlinesCss, maxChars } = this.#deps.settings;
    try {
      const { subject, html, text } = await render();
      if ([subject, html, text].some((part) => (part?.length ?? 0) > maxChars)) {
        throw tooLarge(template, maxChars);
      }
      const inlined = html === undefined || !inlinesCss ? html : inlineRendered(html);
      return {
        subject:
          subject === undefined ? undefined : checkSubject(template, subject.replace(/\s+/g, ' ').trim()),
        html: inlined,
        text: text ?? deriveText(inlined ?? ''),
      };
    } catch (error) {
      if (MailRelayError.is(error)) throw error;
      throw new MailRelayError(
        'ERR_MAIL_RELAY_TEMPLATE_RENDER',
        `The template ${JSON.stringify(template)} failed: its engine threw ${error instanceof Error ? error.constructor.name : typeof error}. ` +
          'The cause says more, and may hold values of the context.',
        { field: 'template', cause: error },
      );
    }
  }

  /** @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` naming every problem */
  #compile(
    sources: TemplateSources,
    others: readonly string[],
  ): ReadonlyMap<string, ReadonlyMap<string, Render>> {
    const { engines, functions } = this.#deps;
    const { templates, problems } = engineFiles(sources, Object.keys(engines));
    const compiled = new Map<string, ReadonlyMap<string, Render>>();
    const taken = new Set(others);
    const all: TemplateProblem[] = [...problems];
    for (const [name, locales] of templates) {
      const renders = new Map<string, Render>();
      for (const [locale, parts] of locales) {
        if (taken.has(name)) all.push(twice(parts.html?.file.path ?? name, name));
        renders.set(locale, compileParts(parts, engines, all));
      }
      compiled.set(name, renders);
    }
    for (const [name, render] of Object.entries(functions)) {
      if (taken.has(name) || compiled.has(name)) all.push(twice(`templates.functions.${name}`, name));
      compiled.set(name, new Map([['', render as Render]]));
    }
    if (all.length > 0) throw templateError(all);
    return compiled;
  }
}

function compileParts(
  parts: Readonly<Partial<Record<'html' | 'text' | 'subject', EnginePart>>>,
  engines: Readonly<Record<string, TemplateEngine>>,
  problems: TemplateProblem[],
): Render {
  const compile = (part: EnginePart | undefined) => {
    if (part === undefined) return undefined;
    const { file, engine } = part;
    try {
      return engines[engine]?.(file.source, file);
    } catch (cause) {
      const message = `was refused by templates.engines.${engine}: ${cause instanceof Error ? cause.message : typeof cause}`;
      problems.push({ path: file.path, message, cause });
      return undefined;
    }
  };
  const [html, text, subject] = [compile(parts.html), compile(parts.text), compile(parts.subject)];
  return async (context, facts) => ({
    html: await html?.(context, facts),
    text: await text?.(context, facts),
    subject: await subject?.(context, facts),
  });
}

function twice(path: string, name: string): TemplateProblem {
  return { path, message: `is a second template ${JSON.stringify(name)}: remove or rename one` };
}

function tooLarge(template: string, maxChars: number): MailRelayError {
  return new MailRelayError(
    'ERR_MAIL_RELAY_TEMPLATE_RENDER',
    `The template ${JSON.stringify(template)} failed: it gave more than ${maxChars} characters. Give it less, or raise templates.maxRenderedChars.`,
    { field: 'template' },
  );
}
