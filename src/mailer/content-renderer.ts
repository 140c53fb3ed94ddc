import type { ContentFacts, ContentTransform } from '../templates/content-transform.js';
import { deriveText } from '../templates/derive-text.js';
import type { RenderedContent, TemplateRenderer } from '../templates/template-renderer.js';
import type { DraftContent } from './draft/draft-content.js';

/** Turns what a draft says about its content into content: template or ready-made, then the transforms. */
export class ContentRenderer {
  readonly #templates: TemplateRenderer;
  readonly #transforms: readonly ContentTransform[];

  constructor(templates: TemplateRenderer, transforms: readonly ContentTransform[]) {
    this.#templates = templates;
    this.#transforms = transforms;
  }

  async render(draft: DraftContent, facts: ContentFacts): Promise<RenderedContent> {
    let content = await this.#content(draft);
    for (const transform of this.#transforms) content = await transform.transform(content, facts);
    return content;
  }

  #content(draft: DraftContent): RenderedContent | Promise<RenderedContent> {
    const { subject, html, text, template, context, locale } = draft;
    if (template === undefined) return { subject, html, text: text ?? deriveText(html ?? '') };
    const rendered = this.#templates.render({ template, context, locale });
    if (subject === undefined) return rendered;
    return rendered instanceof Promise
      ? rendered.then((content) => ({ ...content, subject }))
      : { ...rendered, subject };
  }
}
