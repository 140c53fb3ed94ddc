import { BoundedCache } from './bounded-cache.js';
import { localeChain } from '../locale-chain.js';
import type { Message } from './message.js';
import type { Messages } from './read-messages.js';

const MAX_CHAINS = 200;

/**
 * The messages of all locales.
 *
 * @internal
 */
export class Translations {
  readonly #chains = new BoundedCache<readonly Messages[]>(MAX_CHAINS);

  /**
   * @param byLocale in lower case
   * @param defaultLocale where a message is looked for in the end
   */
  constructor(
    private readonly byLocale: ReadonlyMap<string, Messages>,
    private readonly defaultLocale: string,
  ) {}

  get locales(): readonly string[] {
    return [...this.byLocale.keys()];
  }

  /** The keys that a mail without a locale can use. */
  keys(): readonly string[] {
    return [...new Set(this.#chain(this.defaultLocale).flatMap((messages) => [...messages.keys()]))];
  }

  /** From the most exact locale that has it. */
  find(key: string, locale: string): Message | undefined {
    for (const messages of this.#chain(locale)) {
      const message = messages.get(key);
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** The message in every locale that has it itself. */
  all(key: string): readonly (readonly [locale: string, message: Message])[] {
    return [...this.byLocale].flatMap(([locale, messages]) => {
      const message = messages.get(key);
      return message === undefined ? [] : [[locale, message] as const];
    });
  }

  #chain(locale: string): readonly Messages[] {
    return this.#chains.get(locale, () =>
      [...localeChain(locale), ...localeChain(this.defaultLocale)].flatMap(
        (tag) => this.byLocale.get(tag) ?? [],
      ),
    );
  }
}
