import { kindOf } from '../../core/kind-of.js';
import { BoundedCache } from './bounded-cache.js';

/** Options of `Intl`, as a template gives them. @internal */
export type FormatOptions = Readonly<Record<string, unknown>>;

const MAX_FORMATTERS = 500;
const TEXTUAL_DATE: FormatOptions = { dateStyle: 'long' };

/**
 * Writes numbers, amounts and dates as a locale does. Formatters are slow to make and are kept.
 *
 * @internal
 */
export class LocaleFormats {
  readonly #numbers = new BoundedCache<Intl.NumberFormat>(MAX_FORMATTERS);
  readonly #dates = new BoundedCache<Intl.DateTimeFormat>(MAX_FORMATTERS);
  readonly #plurals = new BoundedCache<Intl.PluralRules>(MAX_FORMATTERS);

  /** @param timeZone of dates that name none */
  constructor(private readonly timeZone: string) {}

  /** @throws TypeError for what is no number, RangeError for options that do not exist */
  number(value: unknown, locale: string, options: FormatOptions = {}): string {
    return this.#numbers
      .get(keyOf(locale, options), () => new Intl.NumberFormat(locale, options))
      .format(numericOf(value));
  }

  /** @throws TypeError for what is no date, RangeError for options that do not exist */
  date(value: unknown, locale: string, options: FormatOptions = {}): string {
    const { timeZone = this.timeZone, ...shape } = options;
    const full = { ...(Object.keys(shape).length === 0 ? TEXTUAL_DATE : shape), timeZone };
    return this.#dates
      .get(keyOf(locale, full), () => new Intl.DateTimeFormat(locale, full as Intl.DateTimeFormatOptions))
      .format(dateOf(value));
  }

  /** The plural category of a count in a language. */
  category(count: unknown, locale: string): Intl.LDMLPluralRule {
    return this.#plurals.get(locale, () => new Intl.PluralRules(locale)).select(Number(numericOf(count)));
  }
}

function keyOf(locale: string, options: FormatOptions): string {
  return `${locale} ${JSON.stringify(options)}`;
}

/** Texts too: that is how databases give amounts, and `Intl` formats them without rounding to a double. */
function numericOf(value: unknown): number | bigint | `${number}` {
  if ((typeof value === 'number' && Number.isFinite(value)) || typeof value === 'bigint') return value;
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return value as `${number}`;
  throw new TypeError(`Expected a number, got ${kindOf(value)}.`);
}

function dateOf(value: unknown): Date {
  const date =
    value instanceof Date
      ? value
      : typeof value === 'string' || typeof value === 'number'
        ? new Date(value)
        : undefined;
  if (date === undefined || Number.isNaN(date.getTime())) {
    throw new TypeError(`Expected a Date, an ISO 8601 text or milliseconds, got ${kindOf(value)}.`);
  }
  return date;
}
