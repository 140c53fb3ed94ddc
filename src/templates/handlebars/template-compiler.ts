import { deriveTextTemplate } from '../html/derive-text-template.js';
import { inlineCss } from '../html/inline-css.js';
import { settleWhitespace } from '../html/soft-whitespace.js';
import { TooDynamic } from '../html/too-dynamic.js';
import type { TemplateFile } from '../template-loader.js';
import type { TemplateOptions } from '../template-options.js';
import { templateError, type TemplateProblem } from '../template-problem.js';
import type { TemplateParts } from '../template-set.js';
import { guardHelper, watchForMarkup, type HandlebarsHelper } from './guard-helper.js';
import { HandlebarsEngine, type TemplateFunction } from './handlebars-engine.js';
import type { InspectedTemplates } from './inspect-templates.js';
import { syntaxProblem } from './parse-template.js';
import { resolveLayout, resolvePartials, type Ingredients } from './resolve-program.js';
import { SlottedProgram } from './slotted-program.js';
import { placeOf, type Program } from './syntax-tree.js';

/**
 * A template of one locale, ready to render.
 *
 * @internal
 */
export interface CompiledTemplate extends CompiledBody {
  readonly subject: TemplateFunction | undefined;
}

interface CompiledBody {
  readonly html: TemplateFunction | undefined;
  /** Absent: derived from the rendered html. */
  readonly text: TemplateFunction | undefined;
  /** True when the css is worked in after each render. */
  readonly inlinesEachRender: boolean;
  /** True when css or text was worked out on the template, which holds as long as no helper makes markup. */
  readonly assumesNoMarkup: boolean;
}

/**
 * Takes templates through all stages: resolve layout and partials, inline the css, derive the text part, compile.
 *
 * @internal
 */
export class TemplateCompiler {
  /** How often helpers made markup, and the last that did: the renderer looks at it before and after a render. */
  readonly markup: { count: number; helper: string | undefined } = { count: 0, helper: undefined };

  /** Text and subject are not escaped, and Handlebars compiles a partial for one or the other: so an engine each. */
  readonly #htmlEngine: HandlebarsEngine;
  readonly #textEngine: HandlebarsEngine;
  readonly #htmlPartials: Ingredients;
  readonly #textPartials: Ingredients;
  readonly #templates: InspectedTemplates;
  readonly #notice: (message: string) => void;
  readonly #inlinesCss: boolean;
  readonly #bodies = new Map<string, CompiledBody>();

  /**
   * @param notice told what is slower than it could be, and why
   * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` when a partial does not compile
   */
  constructor(templates: InspectedTemplates, options: TemplateOptions, notice: (message: string) => void) {
    this.#templates = templates;
    this.#notice = notice;
    const guarded = Object.entries(options.helpers ?? {}).map(
      ([name, helper]) => [name, guardHelper(name, helper)] as const,
    );
    const watched = guarded.map(([name, helper]) => [name, this.#watch(name, helper)] as const);
    this.#htmlEngine = new HandlebarsEngine(Object.fromEntries(watched), true);
    this.#textEngine = new HandlebarsEngine(Object.fromEntries(guarded), false);
    this.#htmlPartials = this.#ingredients((name) => name);
    this.#textPartials = this.#ingredients((name) =>
      templates.set.partials.has(`${name}.text`) ? `${name}.text` : name,
    );
    this.#inlinesCss = options.inlineCss ?? true;
    this.#addPartials();
  }

  /** @throws Error of Handlebars, or RangeError when the html nests too deeply */
  compile(parts: TemplateParts): CompiledTemplate {
    // Locales that differ in the subject alone share their html and text.
    const key = `${parts.html?.path}\n${parts.text?.path}`;
    const body = this.#bodies.get(key) ?? this.#compileBody(parts);
    this.#bodies.set(key, body);
    return { ...body, subject: parts.subject && this.#compileSubject(parts.subject) };
  }

  /** The same template without assumptions: css and text are worked out on what each render gives. */
  compileForMarkup(parts: TemplateParts): CompiledTemplate {
    const compiled = this.compile(parts);
    const html = parts.html && this.#resolve(parts.html, this.#templates.layout.html, this.#htmlPartials);
    return {
      ...compiled,
      html: html && this.#htmlEngine.compile(html),
      text: parts.text && compiled.text,
      inlinesEachRender: this.#inlinesCss,
      assumesNoMarkup: false,
    };
  }

  #compileBody(parts: TemplateParts): CompiledBody {
    const text =
      parts.text &&
      this.#textEngine.compile(this.#resolve(parts.text, this.#templates.layout.text, this.#textPartials));
    const { html } = parts;
    if (html === undefined) return { html, text, inlinesEachRender: false, assumesNoMarkup: false };
    const document = new SlottedProgram(this.#resolve(html, this.#templates.layout.html, this.#htmlPartials));
    const inlined = this.#inline(html, document);
    if (inlined === undefined) {
      const compiled = this.#htmlEngine.compile(document.program);
      return { html: compiled, text, inlinesEachRender: true, assumesNoMarkup: false };
    }
    const derived = text === undefined ? this.#derive(html, document, inlined) : undefined;
    const hasCss = inlined !== document.text;
    return {
      html: this.#htmlEngine.compile(document.restore(inlined) ?? document.program),
      text: text ?? derived,
      // Where the template has no css, what is filled in may bring some.
      inlinesEachRender: this.#inlinesCss && !hasCss && document.hasMarkupSlots,
      assumesNoMarkup: hasCss || derived !== undefined,
    };
  }

  #compileSubject(file: TemplateFile): TemplateFunction {
    const subject = new SlottedProgram(resolvePartials(this.#programOf(file), this.#textPartials));
    const line = subject.restore(subject.text.replace(/[\t\n\f\r ]+/g, ' ').trim());
    return this.#textEngine.compile(line ?? subject.program);
  }

  #resolve(file: TemplateFile, layoutFile: TemplateFile | undefined, partials: Ingredients): Program {
    const body = this.#programOf(file);
    const layout = layoutFile && this.#programOf(layoutFile);
    return resolvePartials((layout && resolveLayout(layout, body)) ?? body, partials);
  }

  /** The document with its css worked in; undefined when that has to wait for the render. */
  #inline(file: TemplateFile, document: SlottedProgram): string | undefined {
    if (!this.#inlinesCss) return document.text;
    const inlined = inlineCss(document.text);
    if (typeof inlined === 'string') return inlined;
    this.#tell(file, 'css is inlined and text derived', document, inlined);
    return undefined;
  }

  #derive(file: TemplateFile, document: SlottedProgram, html: string): TemplateFunction | undefined {
    const text = deriveTextTemplate(html);
    const program = text instanceof TooDynamic ? undefined : document.restore(text);
    if (program === undefined) {
      const reason =
        text instanceof TooDynamic
          ? text
          : new TooDynamic('a block begins in one element and ends in another');
      this.#tell(file, 'text is derived', document, reason);
      return undefined;
    }
    const render = this.#textEngine.compile(program);
    return (context) => settleWhitespace(render(context));
  }

  #tell(file: TemplateFile, what: string, document: SlottedProgram, { reason, slot }: TooDynamic): void {
    const loc = slot === undefined ? undefined : document.statementAt(slot)?.loc;
    const place = loc && `${loc.source}:${placeOf(loc).line}:${placeOf(loc).column}`;
    this.#notice(
      `${file.path}: ${what} on each render, because ${reason}${place === undefined ? '' : ` (${place})`}.`,
    );
  }

  #programOf(file: TemplateFile): Program {
    const program = this.#templates.programs.get(file);
    if (program === undefined) throw new TypeError(`${file.path} was not parsed`);
    return program;
  }

  #watch(name: string, helper: HandlebarsHelper): HandlebarsHelper {
    return watchForMarkup(helper, () => {
      this.markup.count++;
      this.markup.helper = name;
    });
  }

  #ingredients(resolveName: (name: string) => string): Ingredients {
    const { set, inlineNames } = this.#templates;
    const partials = new Map<string, Program>();
    for (const name of set.partials.keys()) {
      const file = set.partials.get(resolveName(name));
      if (file !== undefined) partials.set(name, this.#programOf(file));
    }
    return { partials, inlineNames };
  }

  #addPartials(): void {
    const problems: TemplateProblem[] = [];
    for (const [name, file] of this.#templates.set.partials) {
      try {
        this.#htmlEngine.addPartial(name, this.#programOf(file));
        this.#textEngine.addPartial(name, this.#textPartials.partials.get(name) ?? this.#programOf(file));
      } catch (error) {
        problems.push(syntaxProblem(file, error));
      }
    }
    if (problems.length > 0) throw templateError(problems);
  }
}
