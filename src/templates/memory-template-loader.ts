import { TemplateLoader, type TemplateSources } from './template-loader.js';

const ROOT = 'memory';

/**
 * Gives templates that are already in memory, by file name: `{ 'welcome.hbs': '…', 'layouts/main.hbs': '…' }`. For
 * tests, and for applications that bundle their templates.
 *
 * @publicApi
 */
export class MemoryTemplateLoader extends TemplateLoader {
  readonly #files: Readonly<Record<string, string>>;

  constructor(files: Readonly<Record<string, string>>) {
    super();
    this.#files = files;
  }

  override async load(): Promise<TemplateSources> {
    const files = Object.entries(this.#files).map(([name, source]) => ({
      name,
      root: ROOT,
      path: name,
      source,
    }));
    return { roots: [ROOT], files };
  }
}
