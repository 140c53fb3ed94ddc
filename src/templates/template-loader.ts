/**
 * One file of templates, or what stands for one.
 *
 * @publicApi
 */
export interface TemplateFile {
  /** Relative to its root, with `/` and with its ending: `orders/receipt.text.hbs`. */
  readonly name: string;
  /** The root that it was found in. */
  readonly root: string;
  /** What people know it by; messages name it. */
  readonly path: string;
  /** Text, never a parsed template. */
  readonly source: string;
}

/**
 * Everything a loader found.
 *
 * @publicApi
 */
export interface TemplateSources {
  /** The roots in order of precedence. */
  readonly roots: readonly string[];
  readonly files: readonly TemplateFile[];
}

/**
 * Where templates come from: a database, an object store. The renderer loads at boot; what a file means follows from
 * its name, the same for every loader.
 *
 * @example
 * class StoredTemplates extends TemplateLoader {
 *   constructor(private readonly rows: TemplateRepository) { super(); }
 *   async load() {
 *     const rows = await this.rows.find();
 *     const files = rows.map(({ name, source }) => ({ name, source, root: 'database', path: `database:${name}` }));
 *     return { roots: ['database'], files };
 *   }
 *   override version() { return this.rows.newestChange(); }
 * }
 *
 * @publicApi
 */
export abstract class TemplateLoader {
  /**
   * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` when there is nothing to load
   */
  abstract load(): Promise<TemplateSources>;

  /**
   * A text that is another one after any change: the newest change, a counter, a hash. Asked before a render when
   * `templates.reloadMs` have passed; a new text loads everything again. Without it nothing is ever loaded again.
   */
  version?(): string | Promise<string>;
}
