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
 * Where templates come from. The renderer calls it once at boot; what a file means follows from its name, the same
 * for every loader.
 *
 * @publicApi
 */
export abstract class TemplateLoader {
  /**
   * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` when there is nothing to load
   */
  abstract load(): Promise<TemplateSources>;
}
