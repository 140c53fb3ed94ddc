import { createTemplateRenderer, type TemplateRendererDeps } from './create-template-renderer.js';
import type { TemplateFinding } from './lint/template-finding.js';
import { TemplateAssets } from './template-assets.js';
import { TemplateCatalog } from './template-catalog.js';
import type { TemplateOptions } from './template-options.js';

/**
 * Looks at templates without an application: what is likely to go wrong in some inbox, each with its place and remedy.
 * For a test of an application's own, with the options it gives to the module; `nestjs-mail-relay lint` is the same on
 * the command line.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` for templates that do not compile
 * @example
 * ```ts
 * const findings = await lintTemplates({ dir: 'templates', layout: 'default' });
 * expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
 * ```
 * @publicApi
 */
export async function lintTemplates(options: TemplateOptions): Promise<readonly TemplateFinding[]> {
  return (await openCatalog(options, { notice: () => undefined })).lint();
}

/** The catalogue of templates that belong to no application. @internal */
export async function openCatalog(
  options: TemplateOptions,
  deps: TemplateRendererDeps,
): Promise<TemplateCatalog> {
  const renderer = createTemplateRenderer(options, deps);
  await renderer.prepare();
  return new TemplateCatalog(renderer, await TemplateAssets.read(renderer.roots()));
}
