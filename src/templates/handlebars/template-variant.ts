import type { SpokenLocale } from '../locales/spoken-locale.js';
import { templateError, type TemplateProblem } from '../template-problem.js';
import type { LocalizedParts } from '../template-set.js';
import { syntaxProblem } from './parse-template.js';
import type { CompiledTemplate, TemplateCompiler } from './template-compiler.js';

/**
 * A template in one locale. It is compiled at boot, or after a reload at its first render.
 *
 * @internal
 */
export class TemplateVariant {
  #compiled: CompiledTemplate | undefined;

  constructor(
    readonly parts: LocalizedParts,
    /** The locale that the words of this template are in, given the one that was asked for. */
    readonly spoken: SpokenLocale,
    private readonly compiler: TemplateCompiler,
  ) {}

  /** @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` */
  get compiled(): CompiledTemplate {
    const problem = this.#compiled === undefined ? this.compile() : undefined;
    if (this.#compiled === undefined) throw templateError(problem === undefined ? [] : [problem]);
    return this.#compiled;
  }

  /** What is wrong; undefined when it could be compiled. */
  compile(): TemplateProblem | undefined {
    const unit = this.parts.html ?? this.parts.text ?? this.parts.subject;
    try {
      this.#compiled = this.compiler.compile(this.parts);
      return undefined;
    } catch (error) {
      return unit === undefined ? { path: '', message: String(error) } : syntaxProblem(unit, error);
    }
  }

  recompile(compiled: CompiledTemplate): void {
    this.#compiled = compiled;
  }
}
