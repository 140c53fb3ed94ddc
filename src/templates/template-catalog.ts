import { lintMail, lintSource } from './lint/lint-mail.js';
import type { TemplateFinding } from './lint/template-finding.js';
import type { TemplateAssets } from './template-assets.js';
import type { RenderedContent, TemplateDescription, TemplateRenderer } from './template-renderer.js';

/** How {@link TemplateCatalog.preview} shows a template. @publicApi */
export interface PreviewOptions {
  /** A BCP 47 tag. @default the default locale */
  readonly locale?: string | undefined;
  /** The context. @default the template's sample, or one made of the names of its variables */
  readonly sample?: object | undefined;
}

/** A template as its recipients would see it; images of `assets` are written into the html, for browsers. @publicApi */
export interface TemplatePreview extends RenderedContent {
  /** Octets of html and text, before they are encoded. */
  readonly sizeBytes: number;
  /** What is likely to go wrong with it in some inbox. */
  readonly findings: readonly TemplateFinding[];
}

const MARKETING = 'marketing';

/**
 * The templates of a relay, for people: galleries, previews, reviews.
 *
 * @publicApi
 */
export class TemplateCatalog {
  readonly #renderer: TemplateRenderer;
  readonly #assets: TemplateAssets | undefined;
  readonly #cids: ReadonlySet<string> | undefined;

  /**
   * @param assets the images of the templates, where they are known
   * @internal The module makes it.
   */
  constructor(renderer: TemplateRenderer, assets?: TemplateAssets) {
    this.#renderer = renderer;
    this.#assets = assets;
    this.#cids = assets?.cids;
  }

  /** Every template, by name. */
  list(): readonly TemplateDescription[] {
    return this.#renderer.describe();
  }

  /**
   * Renders a template as if for a mail, and looks at the result.
   *
   * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND`, and `ERR_MAIL_RELAY_TEMPLATE_RENDER` when it fails, for
   *   example because the sample lacks a variable
   */
  async preview(template: string, { locale, sample }: PreviewOptions = {}): Promise<TemplatePreview> {
    const description = this.list().find(({ name }) => name === template);
    const context = sample ?? description?.sample ?? {};
    const content = await this.#renderer.render({ template, context, locale });
    return {
      ...content,
      html: content.html && (this.#assets?.embedIn(content.html) ?? content.html),
      sizeBytes: Buffer.byteLength(content.html ?? '') + Buffer.byteLength(content.text),
      findings: description
        ? [...this.#lintFiles([description]), ...this.#lintContent(description, content)]
        : [],
    };
  }

  /**
   * Looks at every template in every locale: what is likely to go wrong in some inbox, each with its place and remedy. A
   * template that cannot be rendered with its sample is passed over; its files are looked at all the same.
   */
  async lint(): Promise<readonly TemplateFinding[]> {
    const templates = this.list();
    const findings = new Map<string, TemplateFinding>();
    const add = (found: readonly TemplateFinding[]): void => {
      for (const one of found)
        findings.set(`${one.path}:${one.line}:${one.column}:${one.rule}:${one.message}`, one);
    };
    add(this.#lintFiles(templates));
    for (const description of templates) {
      for (const locale of description.locales) {
        const content = await this.#rendered(description, locale);
        if (content) add(this.#lintContent(description, content));
      }
    }
    return [...findings.values()];
  }

  async #rendered(
    { name, sample }: TemplateDescription,
    locale: string,
  ): Promise<RenderedContent | undefined> {
    try {
      return await this.#renderer.render({ template: name, context: sample, locale: locale || undefined });
    } catch {
      // The sample does not fit; whoever previews it is told why.
      return undefined;
    }
  }

  #lintFiles(templates: readonly TemplateDescription[]): readonly TemplateFinding[] {
    const sources = new Map(
      templates.flatMap(({ files }) => files.map(({ path, source }) => [path, source])),
    );
    return Array.from(sources).flatMap(([path, source]) => lintSource(source, { path, cids: this.#cids }));
  }

  #lintContent(
    { name, stream, hasPreheader, files }: TemplateDescription,
    content: RenderedContent,
  ): readonly TemplateFinding[] {
    const path = files[0]?.path ?? name;
    const mail = { ...content, hasPreheader, isMarketing: stream === MARKETING };
    // What is wrong with an element is told where it stands in its file.
    return lintMail(mail, { path, cids: this.#cids }, files.length === 0);
  }
}
