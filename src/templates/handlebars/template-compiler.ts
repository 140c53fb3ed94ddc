import { deriveTextTemplate } from '../html/derive-text-template.js';
import { inlineCss, inlineRendered } from '../html/inline-css.js';
import { hiddenPreheader, placePreheader } from '../html/place-preheader.js';
import { settleWhitespace } from '../html/soft-whitespace.js';
import { TooDynamic } from '../html/too-dynamic.js';
import { compileMjml, placeMjmlPreview, type MjmlEngine } from '../mjml/compile-mjml.js';
import { templateError } from '../template-problem.js';
import { partsFor, type LocalizedParts, type TemplateParts } from '../template-set.js';
import type { TemplateSettings } from '../template-settings.js';
import type { TemplateUnit } from '../template-unit.js';
import type { TemplateFunction } from './handlebars-engine.js';
import type { InspectedTemplates } from './inspect-templates.js';
import { resolveLayout, resolvePartials, type Ingredients } from './resolve-program.js';
import { SlottedProgram } from './slotted-program.js';
import { placeOf, type Program } from './syntax-tree.js';
import type { TemplateEngines } from './template-engines.js';

const MJML = /\.mjml\.hbs$/;

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
  /** What is left to do with each render; absent when all was done on the template. */
  readonly finish: ((html: string) => string) | undefined;
  readonly text: TemplateFunction | undefined;
  /** True when css or text was worked out on the template, which holds as long as no helper makes markup. */
  readonly assumesNoMarkup: boolean;
}

/**
 * What a {@link TemplateCompiler} is given besides templates and engines.
 *
 * @internal
 */
export interface TemplateCompilerDeps {
  readonly settings: TemplateSettings;
  /** Told what is slower than it could be, and why. */
  readonly notice: (message: string) => void;
  /** Absent where no template is MJML. */
  readonly mjml: MjmlEngine | undefined;
}

/** A document on its way through the stages. */
interface Document {
  readonly unit: TemplateUnit;
  readonly slots: SlottedProgram;
  /** The document's text, with slots. */
  readonly text: string;
  /** What makes html of it; absent when it is html. */
  readonly mjml: MjmlEngine | undefined;
}

/**
 * Takes templates through all stages: resolve layout and partials, place the preheader, inline the css, derive the
 * text part, compile.
 *
 * @internal
 */
export class TemplateCompiler {
  readonly #templates: InspectedTemplates;
  readonly #engines: TemplateEngines;
  readonly #settings: TemplateSettings;
  readonly #notice: (message: string) => void;
  readonly #mjml: MjmlEngine | undefined;
  readonly #partials: { readonly html: Ingredients; readonly text: Ingredients };
  readonly #bodies = new Map<TemplateUnit | undefined, { parts: LocalizedParts; body: CompiledBody }[]>();

  constructor(
    templates: InspectedTemplates,
    engines: TemplateEngines,
    { settings, notice, mjml }: TemplateCompilerDeps,
  ) {
    this.#mjml = mjml;
    this.#templates = templates;
    this.#engines = engines;
    this.#settings = settings;
    this.#notice = notice;
    this.#partials = { html: engines.htmlPartials, text: engines.textPartials };
  }

  /** @throws Error of Handlebars, or RangeError when the html nests too deeply */
  compile(parts: LocalizedParts): CompiledTemplate {
    return { ...this.#bodyOf(parts), subject: parts.subject && this.#compileLine(parts.subject) };
  }

  /** The same template without assumptions: css and text are worked out on what each render gives. */
  compileForMarkup(parts: LocalizedParts): CompiledTemplate {
    const compiled = this.compile(parts);
    if (parts.html === undefined) return compiled;
    const document = this.#document(parts.html, parts);
    return { ...compiled, ...this.#compileForRender(document, parts.text && compiled.text) };
  }

  /** The layout in the language of the body, so that no mail speaks two. */
  layoutOf({ layout = this.#settings.layout, language }: LocalizedParts): TemplateParts {
    const variants =
      layout === undefined || layout === false ? undefined : this.#templates.set.layouts.get(layout);
    return variants === undefined ? {} : partsFor(variants, language);
  }

  /** Locales that differ in the subject alone share their html and text. */
  #bodyOf(parts: LocalizedParts): CompiledBody {
    const key = parts.html ?? parts.text;
    const known = this.#bodies.get(key) ?? [];
    const same = known.find((other) => isSameBody(other.parts, parts));
    if (same !== undefined) return same.body;
    const body = this.#compileBody(parts);
    this.#bodies.set(key, [...known, { parts, body }]);
    return body;
  }

  #compileBody(parts: LocalizedParts): CompiledBody {
    const { html } = parts;
    const text =
      parts.text &&
      this.#engines.text.compile(
        resolvePartials(this.#inLayout(parts.text, this.layoutOf(parts).text), this.#partials.text),
      );
    if (html === undefined) return { html, finish: undefined, text, assumesNoMarkup: false };
    const source = this.#document(html, parts);
    const compiled = source.mjml === undefined ? source.text : compileMjml(source.text, source.mjml);
    if (compiled instanceof TooDynamic) {
      this.#tell(source, 'MJML is compiled, css inlined and text derived', compiled);
      return this.#compileForRender(source, text);
    }
    const document = { ...source, text: compiled };
    const inlined = this.#settings.inlinesCss ? inlineCss(document.text) : document.text;
    if (inlined instanceof TooDynamic) {
      this.#tell(document, 'css is inlined and text derived', inlined);
      return this.#compileForRender({ ...document, mjml: undefined }, text);
    }
    const derived = text === undefined ? this.#derive(document, inlined) : undefined;
    const hasCss = inlined !== document.text;
    return {
      html: this.#engines.html.compile(document.slots.restore(inlined) ?? document.slots.program),
      text: text ?? derived,
      // Where the template has no css, what is filled in may bring some.
      finish:
        this.#settings.inlinesCss && !hasCss && document.slots.hasMarkupSlots ? inlineRendered : undefined,
      assumesNoMarkup: hasCss || derived !== undefined,
    };
  }

  #compileForRender(document: Document, text: TemplateFunction | undefined): CompiledBody {
    const program = document.slots.restore(document.text) ?? document.slots.program;
    return {
      html: this.#engines.html.compile(program),
      finish: finishing(document.mjml, this.#settings.inlinesCss),
      text,
      assumesNoMarkup: false,
    };
  }

  /** A template that is one line: subject or preheader. */
  #compileLine(unit: TemplateUnit): TemplateFunction {
    const line = new SlottedProgram(resolvePartials(this.#programOf(unit), this.#partials.text));
    const restored = line.restore(line.text.replace(/[\t\n\f\r ]+/g, ' ').trim());
    return this.#engines.text.compile(restored ?? line.program);
  }

  /** The whole document of a template, with its preheader where it belongs. */
  #document(unit: TemplateUnit, parts: LocalizedParts): Document {
    const layout = this.layoutOf(parts).html;
    const mjml = MJML.test((layout ?? unit).name) ? this.#mjml : undefined;
    if (mjml === undefined && MJML.test(unit.name)) {
      const message = `is MJML, and its layout ${layout?.path} is not: rename the layout, or say layout: none`;
      throw templateError([{ path: unit.path, message }]);
    }
    const preheader = parts.preheader && this.#programOf(parts.preheader);
    const body = this.#inLayout(unit, layout);
    // A layout that says {{preheader}} has a place of its own for it.
    const placed = preheader && resolveLayout(body, preheader, 'preheader');
    const program = resolvePartials(placed ?? body, this.#partials.html);
    if (preheader === undefined || placed !== undefined) {
      const slots = new SlottedProgram(program);
      return { unit, slots, text: slots.text, mjml };
    }
    const line = resolvePartials(preheader, this.#partials.html);
    const slots = new SlottedProgram({ ...program, body: [...line.body, ...program.body] });
    const lineText = new SlottedProgram(line).text;
    const rest = slots.text.slice(lineText.length);
    const text = mjml === undefined ? placePreheader(rest, lineText) : placeMjmlPreview(rest, lineText);
    // Where a block holds the <body>, the preheader goes before everything.
    const isWhole = slots.restore(text) !== undefined;
    return { unit, slots, text: isWhole ? text : hiddenPreheader(lineText) + rest, mjml };
  }

  #inLayout(unit: TemplateUnit, layout: TemplateUnit | undefined): Program {
    const body = this.#programOf(unit);
    return (layout && resolveLayout(this.#programOf(layout), body)) ?? body;
  }

  /** The text part of a document, worked out when it is first rendered: nothing can go wrong there. */
  #derive(document: Document, html: string): TemplateFunction | undefined {
    const text = deriveTextTemplate(html);
    const program = text instanceof TooDynamic ? undefined : document.slots.restore(text);
    if (program === undefined) {
      const reason =
        text instanceof TooDynamic
          ? text
          : new TooDynamic('a block begins in one element and ends in another');
      this.#tell(document, 'text is derived', reason);
      return undefined;
    }
    let render: TemplateFunction | undefined;
    return (context, data) => {
      render ??= this.#engines.text.compile(program);
      return settleWhitespace(render(context, data));
    };
  }

  #tell({ unit, slots }: Document, what: string, { reason, slot }: TooDynamic): void {
    const loc = slot === undefined ? undefined : slots.statementAt(slot)?.loc;
    const place = loc && `${loc.source}:${placeOf(loc).line}:${placeOf(loc).column}`;
    this.#notice(
      `${unit.path}: ${what} on each render, because ${reason}${place === undefined ? '' : ` (${place})`}.`,
    );
  }

  #programOf(unit: TemplateUnit): Program {
    const program = this.#templates.programs.get(unit);
    if (program === undefined) throw new TypeError(`${unit.path} was not parsed`);
    return program;
  }
}

/** What is left to do with a render of which nothing was worked out before. */
function finishing(
  mjml: MjmlEngine | undefined,
  inlinesCss: boolean,
): ((html: string) => string) | undefined {
  if (mjml === undefined) return inlinesCss ? inlineRendered : undefined;
  return (source) => (inlinesCss ? inlineRendered(mjml(source)) : mjml(source));
}

function isSameBody(one: LocalizedParts, other: LocalizedParts): boolean {
  return (
    one.html === other.html &&
    one.text === other.text &&
    one.preheader === other.preheader &&
    one.layout === other.layout &&
    one.language === other.language
  );
}
