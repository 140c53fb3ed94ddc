import { MailRelayError } from '../core/mail-relay-error.js';
import { TemplateRenderer, type RenderedContent, type RenderRequest } from './template-renderer.js';
import { shownName } from './shown-name.js';

/**
 * Stands in where the module has no templates: it knows none, and says how to have some.
 *
 * @internal
 */
export class NoTemplateRenderer extends TemplateRenderer {
  override async prepare(): Promise<void> {
    // There is nothing to find.
  }

  override names(): readonly string[] {
    return [];
  }

  override render({ template }: RenderRequest): RenderedContent {
    throw new MailRelayError(
      'ERR_MAIL_RELAY_TEMPLATE_NOT_FOUND',
      `The draft asks for the template ${shownName(template)}, but the module has no templates: ` +
        `set templates: { dir: 'templates' } in its options, or give html or text instead.`,
      { field: 'template' },
    );
  }
}
