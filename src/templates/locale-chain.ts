/** The key of what has no locale. @internal */
export const DEFAULT_LOCALE = '';

/** What RFC 5646 §4.4.1 asks of buffers for tags. */
const MAX_TAG_CHARS = 35;
const DEFAULT_CHAIN: readonly string[] = [DEFAULT_LOCALE];

/** ISO 639 language with an optional script and region. Three letters count only with a region: see below. */
const LOCALE_SHAPE =
  /^(?:[a-z]{2}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?|[a-z]{3}(?:-[a-z]{4})?-(?:[a-z]{2}|\d{3}))$/i;

/**
 * True for what looks like a BCP 47 tag in a file name: `de`, `de-AT`, `zh-Hant-TW`, `fil-PH`. Three letters alone
 * are not enough, so that `report.new.hbs` stays the template `report.new`.
 *
 * @internal
 */
export function isLocaleShaped(tag: string): boolean {
  return LOCALE_SHAPE.test(tag);
}

/**
 * The keys to look under for a locale, most exact first: `de-AT` is `de-at`, `de`, then the default.
 *
 * @internal
 */
export function localeChain(locale: string | undefined): readonly string[] {
  if (locale === undefined || locale.length > MAX_TAG_CHARS) return DEFAULT_CHAIN;
  const chain: string[] = [];
  for (let tag = locale.toLowerCase(); tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
    chain.push(tag);
  }
  return [...chain, DEFAULT_LOCALE];
}
