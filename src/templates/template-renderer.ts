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

  /**
   * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND` for an unknown name,
   *   `ERR_MAIL_RELAY_TEMPLATE_RENDER` when the template fails, with template and line
   */
  abstract render(request: RenderRequest): RenderedContent | Promise<RenderedContent>;
}
