import Handlebars from 'handlebars';

import { deriveText } from '../derive-text.js';
import type { LocaleFormats } from '../locales/locale-formats.js';
import {
  fillMessage,
  isPlural,
  parseMessage,
  type MessageText,
  type PluralForms,
} from '../locales/message.js';
import type { Translations } from '../locales/translations.js';
import type { BlockOptions, HandlebarsHelper } from './guard-helper.js';

/**
 * Helpers that every template has. The names are variables too: `{{date}}` alone is the `date` of the context.
 *
 * @internal
 */
export const FORMAT_HELPERS = ['t', 'number', 'date', 'currency', 'plural'] as const;

/** @internal */
export type FormatHelperName = (typeof FORMAT_HELPERS)[number];

/** A message whose key ends like this is html: its text is not escaped, the values in it are. */
const HTML_KEY = /_html$/;

/** What the helpers work with. @internal */
export interface FormatHelperDeps {
  readonly formats: LocaleFormats;
  readonly translations: Translations;
  /** False for text, which is not html. */
  readonly escape: boolean;
}

/** @internal */
export function isHtmlKey(key: unknown): boolean {
  return typeof key === 'string' && HTML_KEY.test(key);
}

/** @internal */
export function formatHelpers(deps: FormatHelperDeps): Readonly<Record<FormatHelperName, HandlebarsHelper>> {
  const { formats } = deps;
  return {
    t: (key, ...rest) => translate(deps, key, rest.at(-1) as BlockOptions),
    number: withValue((value, { locale, hash }) => formats.number(value, locale, hash)),
    date: withValue((value, { locale, hash }) => formats.date(value, locale, hash)),
    currency: withValue((value, { locale, hash, more: [code = hash['currency']] }) => {
      if (typeof code !== 'string') throw new TypeError('Name the currency: {{currency total "EUR"}}.');
      return formats.number(value, locale, { ...hash, style: 'currency', currency: code });
    }),
    plural: withValue((value, { locale, hash }) => {
      if (typeof hash['other'] !== 'string') throw new TypeError('Give the form other="…" at least.');
      const texts = Object.entries(hash).map(([name, form]): [string, MessageText] => [
        name,
        parseMessage(writtenValue(form)),
      ]);
      const forms: PluralForms = { ...Object.fromEntries(texts), other: parseMessage(hash['other']) };
      const form = formOf(forms, value, locale, formats);
      return fillMessage(form, () => formats.number(value, locale));
    }),
  };
}

interface FormatCall {
  readonly locale: string;
  readonly hash: Readonly<Record<string, unknown>>;
  readonly more: readonly unknown[];
}

/** A helper of one value; where there is none, nothing is written. */
function withValue(format: (value: unknown, call: FormatCall) => string): HandlebarsHelper {
  return (...args) => {
    const options = args.at(-1) as BlockOptions;
    const [value, ...more] = args.slice(0, -1);
    if (value === undefined || value === null) return '';
    return format(value, { locale: localeOf(options), hash: options.hash ?? {}, more });
  };
}

function translate(
  { formats, translations, escape }: FormatHelperDeps,
  key: unknown,
  options: BlockOptions,
): unknown {
  const locale = localeOf(options);
  const message = typeof key === 'string' ? translations.find(key, locale) : undefined;
  if (message === undefined) throw new TypeError('There is no message with this key.');
  const hash = options.hash ?? {};
  const form = isPlural(message) ? formOf(message, hash['count'], locale, formats) : message;
  const isHtml = isHtmlKey(key);
  const text = fillMessage(form, (name) => {
    const value = hash[name];
    const written =
      name === 'count' && typeof value === 'number' ? formats.number(value, locale) : writtenValue(value);
    // What says that it is html already is not escaped again.
    return isHtml && !(value instanceof Handlebars.SafeString)
      ? Handlebars.escapeExpression(written)
      : written;
  });
  if (!isHtml) return text;
  return escape ? new Handlebars.SafeString(text) : deriveText(text);
}

function formOf(forms: PluralForms, count: unknown, locale: string, formats: LocaleFormats): MessageText {
  // Not a rule of every language, but what people mean by a form for nothing.
  if (Number(count) === 0 && forms.zero !== undefined) return forms.zero;
  return forms[formats.category(count, locale)] ?? forms.other;
}

/** As a mustache writes it. */
function writtenValue(value: unknown): string {
  // oxlint-disable-next-line typescript/no-base-to-string -- what Handlebars does with objects too
  return value === undefined || value === null ? '' : String(value);
}

function localeOf({ data }: BlockOptions): string {
  return data?.['locale'] as string;
}
