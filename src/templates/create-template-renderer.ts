import { CombinedTemplateLoader } from './combined-template-loader.js';
import { DirectoryTemplateLoader } from './directory-template-loader.js';
import { EngineRenderer } from './engines/engine-renderer.js';
import { HandlebarsRenderer } from './handlebars/handlebars-renderer.js';
import { NoTemplateRenderer } from './no-template-renderer.js';
import { renderTimer } from './render-timer.js';
import type { ApplicationRoots } from './template-directories.js';
import type { TemplateLoader } from './template-loader.js';
import type { TemplateOptions } from './template-options.js';
import { resolveTemplateSettings } from './template-settings.js';
import type { TemplateRenderer } from './template-renderer.js';

/**
 * What {@link createTemplateRenderer} is given besides the options.
 *
 * @publicApi
 */
export interface TemplateRendererDeps {
  /** Told which templates are rendered more slowly than they could be, and why. */
  readonly notice: (message: string) => void;
  /** What a relative `dir` is relative to. @default the working directory and the main script of this process */
  readonly roots?: ApplicationRoots | undefined;
  /** @default one that reads `dir` */
  readonly loader?: TemplateLoader | undefined;
  /** `NODE_ENV`. @default that of this process */
  readonly environment?: string | undefined;
}

/**
 * Makes the renderer of a relay; without options one that knows no template. `prepare` has to be called before the
 * first render.
 *
 * @publicApi
 */
export function createTemplateRenderer(
  options: TemplateOptions | undefined,
  { notice, roots, loader, environment = process.env['NODE_ENV'] }: TemplateRendererDeps,
): TemplateRenderer {
  if (options === undefined) return new NoTemplateRenderer();
  const application = roots ?? { cwd: process.cwd(), main: process.argv[1] };
  const { engines = {}, functions = {} } = options;
  const found = loader ?? loaderOf(options, application);
  const handlebars = new HandlebarsRenderer(options, { notice, environment, loader: found });
  if (Object.keys(engines).length + Object.keys(functions).length === 0) return handlebars;
  return new EngineRenderer({
    handlebars,
    loader: found,
    engines,
    functions,
    settings: resolveTemplateSettings(options, environment),
    notice,
    now: () => performance.now(),
    after: renderTimer,
  });
}

function loaderOf(
  { dir, loader = [], engines = {} }: TemplateOptions,
  roots: ApplicationRoots,
): TemplateLoader {
  const dirs = typeof dir === 'string' ? [dir] : dir;
  const given = Array.isArray(loader) ? (loader as readonly TemplateLoader[]) : [loader as TemplateLoader];
  const all = [
    ...given,
    ...(dirs === undefined ? [] : [new DirectoryTemplateLoader(dirs, roots, Object.keys(engines))]),
  ];
  const [only] = all;
  return only !== undefined && all.length === 1 ? only : new CombinedTemplateLoader(all);
}
