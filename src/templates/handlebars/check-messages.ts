import { namesIn } from '../locales/message.js';
import type { Translations } from '../locales/translations.js';
import { suggestNames } from '../nearest-names.js';
import type { TemplateProblem } from '../template-problem.js';
import type { TemplateUnit } from '../template-unit.js';
import type { MessageCall } from './program-facts.js';
import { placeOf } from './syntax-tree.js';

/**
 * Finds calls of `{{t}}` that some locale has no message for, or whose message asks for more than it is given.
 *
 * @internal
 */
export function checkMessages(
  unit: TemplateUnit,
  calls: readonly MessageCall[],
  translations: Translations,
  defaultLocale: string,
): readonly TemplateProblem[] {
  return calls.flatMap((call) => {
    const message = findWrong(call, translations, defaultLocale);
    return message === undefined
      ? []
      : [{ path: unit.path, source: unit.source, ...placeOf(call.loc), message }];
  });
}

function findWrong(
  { key, given, escaped }: MessageCall,
  translations: Translations,
  defaultLocale: string,
): string | undefined {
  if (!escaped)
    return 'calls t unescaped, and the values with it: write {{t …}}, and end the keys of html with _html';
  if (key === undefined) return undefined;
  const shown = JSON.stringify(key);
  if (translations.find(key, defaultLocale) === undefined) {
    return translations.locales.length === 0
      ? `asks for the message ${shown}, and there are no messages: add locales/${defaultLocale}.json`
      : `asks for the message ${shown}, which locales/${defaultLocale}.json does not have. ${suggestNames(key, translations.keys())}`;
  }
  for (const [locale, message] of translations.all(key)) {
    const missing = [...namesIn(message)].filter((name) => !given.has(name));
    if (missing.length > 0) {
      const names = missing.map((name) => `${name}=…`).join(' ');
      return `gives the message ${shown} of locales/${locale}.json no ${missing.join(', ')}: write {{t ${shown} ${names}}}`;
    }
  }
  return undefined;
}

/** What a locale does not say itself of all that is asked for: one line for each locale. @internal */
export function untranslated(
  calls: readonly MessageCall[],
  translations: Translations,
  defaultLocale: string,
): readonly string[] {
  const keys = [...new Set(calls.flatMap(({ key }) => key ?? []))];
  const language = defaultLocale.split('-', 1)[0]?.toLowerCase() ?? '';
  return (
    translations.locales
      // A region takes what it does not say from its language.
      .filter((locale) => !locale.includes('-') && locale !== language)
      .flatMap((locale) => {
        const missing = keys.filter((key) => !translations.all(key).some(([other]) => other === locale));
        if (missing.length === 0) return [];
        const shown =
          missing.slice(0, 5).join(', ') + (missing.length > 5 ? ` and ${missing.length - 5} more` : '');
        return [
          `locales/${locale}.json does not have ${shown}: mails in this language show them in ${defaultLocale}.`,
        ];
      })
  );
}
