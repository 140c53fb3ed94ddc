import { BoundedCache } from './bounded-cache.js';

const MAX_LOCALES = 200;

/**
 * The locale that a mail is written in. Numbers and dates follow the words: a German date in an English mail helps
 * nobody.
 *
 * @internal
 */
export class SpokenLocale {
  readonly #languages: ReadonlySet<string>;
  readonly #known = new BoundedCache<string>(MAX_LOCALES);

  /** @param locales those that there are words for */
  constructor(
    locales: Iterable<string>,
    private readonly defaultLocale: string,
  ) {
    this.#languages = new Set([languageOf(defaultLocale), ...Array.from(locales, languageOf)]);
  }

  /** The asked locale, region and all, when there are words in its language; else the default. */
  of(asked: string | undefined): string {
    if (asked === undefined || asked === '') return this.defaultLocale;
    return this.#known.get(asked, () => {
      const canonical = canonicalOf(asked);
      return canonical !== undefined && this.#languages.has(languageOf(canonical))
        ? canonical
        : this.defaultLocale;
    });
  }
}

function languageOf(locale: string): string {
  return locale.split('-', 1)[0]?.toLowerCase() ?? '';
}

function canonicalOf(locale: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(locale)[0];
  } catch {
    return undefined;
  }
}
