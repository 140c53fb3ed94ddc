import type { TemplateFile } from './template-loader.js';

/** What a template of another engine, or a function, is told besides the context. @publicApi */
export interface EngineFacts {
  /** The locale that the draft asks for. */
  readonly locale?: string | undefined;
}

/**
 * Compiles the files with one ending. Called at boot for each file; what it throws is a problem of that file. What it
 * returns is called for each mail. Escaping, includes and layouts are the engine's.
 *
 * @example
 * engines: { pug: (source, { root, name }) => pug.compile(source, { filename: join(root, name) }) }
 *
 * @publicApi
 */
export type TemplateEngine = (
  source: string,
  file: TemplateFile,
) => (context: object, facts: EngineFacts) => string | Promise<string>;

/**
 * A template that is a function. Without a `text` the text is derived from the html.
 *
 * @publicApi
 */
export type TemplateFunction = (
  context: never,
  facts: EngineFacts,
) => FunctionContent | Promise<FunctionContent>;

/** What a {@link TemplateFunction} gives. @publicApi */
export interface FunctionContent {
  readonly subject?: string | undefined;
  readonly html?: string | undefined;
  readonly text?: string | undefined;
}
