import type { TemplateFile } from './template-loader.js';

/** What a template asks for. @publicApi */
export interface RenderRequest {
  readonly template: string;
  readonly context: object;
  /** A BCP 47 tag; templates without that locale fall back to the default. */
  readonly locale?: string | undefined;
}

/**
 * A rendered template. `subject` is one line; `text` is always there, `html` is absent for text-only templates.
 *
 * @publicApi
 */
export interface RenderedContent {
  readonly subject?: string | undefined;
  readonly html?: string | undefined;
  readonly text: string;
}

/**
 * What is known of a template besides what it renders.
 *
 * @publicApi
 */
export interface TemplateDescription {
  readonly name: string;
  /** In lower case; the empty string is the default. */
  readonly locales: readonly string[];
  /** The files it is made of, its layout among them. */
  readonly files: readonly TemplateFile[];
  /** The stream it says it is meant for. */
  readonly stream?: string | undefined;
  /** Whether it has a preheader of its own. */
  readonly hasPreheader?: boolean | undefined;
  /** A context to show it with: its sample, or one made of the names of its variables. */
  readonly sample: object;
  /** False when the sample was made of names. */
  readonly isOwnSample: boolean;
}

/**
 * Turns a template's name and a context into content. `MailService` calls it for every draft that names a
 * template.
 *
 * @publicApi
 */
export abstract class TemplateRenderer {
  /**
   * Finds, checks and compiles every template. Called once at boot.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` naming every problem with file and line
   */
  abstract prepare(): Promise<void>;

  /** The names that `render` knows, sorted. */
  abstract names(): readonly string[];

  /** The directories of the templates, in order of precedence; a folder `assets` there holds their images. */
  roots(): readonly string[] {
    return [];
  }

  /** What is known of each template, by name; a renderer that knows no more tells the names. */
  describe(): readonly TemplateDescription[] {
    return this.names().map((name) => ({ name, locales: [''], files: [], sample: {}, isOwnSample: false }));
  }

  /**
   * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND` for an unknown name,
   *   `ERR_MAIL_RELAY_TEMPLATE_RENDER` when the template fails, with template and line
   */
  abstract render(request: RenderRequest): RenderedContent | Promise<RenderedContent>;
}
