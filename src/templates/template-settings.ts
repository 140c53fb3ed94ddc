import type { TemplateHelper, TemplateOptions } from './template-options.js';

/**
 * The options of templates with every default worked in.
 *
 * @internal
 */
export interface TemplateSettings {
  readonly layout: string | undefined;
  readonly helpers: Readonly<Record<string, TemplateHelper>>;
  readonly inlinesCss: boolean;
  readonly strict: boolean;
  readonly allowGetters: boolean | readonly string[];
  /** Of texts that name none. */
  readonly defaultLocale: string;
  /** Of dates that name none. */
  readonly timeZone: string;
  readonly reloadMs: number | false;
  /** Whether broken templates fail renders after a reload; else the ones from before stay in use. */
  readonly failsWhenBroken: boolean;
  readonly maxChars: number;
  readonly maxMs: number;
}

const DEVELOPMENT_RELOAD_MS = 300;
const LOADER_RELOAD_MS = 30_000;
const DEFAULT_MAX_CHARS = 5 * 1024 * 1024;
const DEFAULT_MAX_MS = 2_000;

/**
 * @param environment `NODE_ENV`
 * @internal
 */
export function resolveTemplateSettings(
  options: TemplateOptions,
  environment: string | undefined,
): TemplateSettings {
  return {
    layout: options.layout,
    helpers: options.helpers ?? {},
    inlinesCss: options.inlineCss ?? true,
    strict: options.strict ?? environment !== 'production',
    allowGetters: options.allowGetters ?? false,
    defaultLocale: options.defaultLocale ?? 'en',
    timeZone: options.timeZone ?? 'UTC',
    reloadMs: options.reloadMs ?? defaultReloadMs(options, environment),
    failsWhenBroken: isDevelopment(environment),
    maxChars: options.maxRenderedChars ?? DEFAULT_MAX_CHARS,
    maxMs: options.maxRenderMs ?? DEFAULT_MAX_MS,
  };
}

function defaultReloadMs({ loader }: TemplateOptions, environment: string | undefined): number | false {
  if (isDevelopment(environment)) return DEVELOPMENT_RELOAD_MS;
  return loader === undefined ? false : LOADER_RELOAD_MS;
}

function isDevelopment(environment: string | undefined): boolean {
  return environment === undefined || environment === '' || environment === 'development';
}
