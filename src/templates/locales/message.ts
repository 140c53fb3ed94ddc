/** The plural categories of CLDR. @see https://cldr.unicode.org/index/cldr-spec/plural-rules @internal */
export const PLURAL_CATEGORIES = ['zero', 'one', 'two', 'few', 'many', 'other'] as const;

/** @internal */
export type PluralForms = Readonly<Partial<Record<Intl.LDMLPluralRule, MessageText>>> & {
  readonly other: MessageText;
};

/** A message, or one for each plural category that the language tells apart. @internal */
export type Message = MessageText | PluralForms;

/** A text with places for values. @internal */
export interface MessageText {
  /** One more than `names`: what stands before, between and after the values. */
  readonly texts: readonly string[];
  readonly names: readonly string[];
}

/** `{name}`; with two braces it means the same, because other libraries write it so. */
const PLACE = /\{\{\s*([\w.-]+)\s*\}\}|\{\s*([\w.-]+)\s*\}/g;

/** @internal */
export function parseMessage(text: string): MessageText {
  const texts: string[] = [];
  const names: string[] = [];
  let at = 0;
  for (const match of text.matchAll(PLACE)) {
    texts.push(text.slice(at, match.index));
    names.push(match[1] ?? match[2] ?? '');
    at = match.index + match[0].length;
  }
  return { texts: [...texts, text.slice(at)], names };
}

/** @internal */
export function isPlural(message: Message): message is PluralForms {
  return 'other' in message;
}

/** The names of all values that a message has a place for. @internal */
export function namesIn(message: Message): ReadonlySet<string> {
  if (!isPlural(message)) return new Set(message.names);
  return new Set(['count', ...Object.values(message).flatMap((form) => form?.names ?? [])]);
}

/** @param write a value as text @internal */
export function fillMessage({ texts, names }: MessageText, write: (name: string) => string): string {
  let filled = texts[0] ?? '';
  for (const [i, name] of names.entries()) filled += write(name) + (texts[i + 1] ?? '');
  return filled;
}
