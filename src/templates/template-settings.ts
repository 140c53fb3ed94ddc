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
  readonly maxChars: number;
  readonly maxMs: number;
}

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
    maxChars: options.maxRenderedChars ?? DEFAULT_MAX_CHARS,
    maxMs: options.maxRenderMs ?? DEFAULT_MAX_MS,
  };
}
