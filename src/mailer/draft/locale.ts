import { refuseDraft } from '../../core/refusal.js';
import { optionalString } from './draft-values.js';

/** RFC 5646 §4.4.1 asks for 35; extensions make a tag longer. */
const MAX_LOCALE_CHARS = 100;

/**
 * Checks a BCP 47 language tag and gives it back in its canonical form: `de-at` becomes `de-AT`.
 *
 * @throws `ERR_MAIL_RELAY_DRAFT`
 * @see RFC 5646
 * @internal
 */
export function checkLocale(value: unknown): string {
  const locale = optionalString(value, 'locale') ?? '';
  const canonical = locale.length > MAX_LOCALE_CHARS ? undefined : canonicalOf(locale);
  if (canonical === undefined) {
    refuseDraft(
      'locale',
      'be a BCP 47 language tag',
      "it is another string: write one such as 'de' or 'de-AT'",
    );
  }
  return canonical;
}

function canonicalOf(locale: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(locale)[0];
  } catch {
    // A RangeError is how Intl says that the tag is not well-formed.
    return undefined;
  }
}
