import { kindOf } from '../../core/kind-of.js';
import type { TemplateFile } from '../template-loader.js';
import type { TemplateProblem } from '../template-problem.js';
import {
  parseMessage,
  PLURAL_CATEGORIES,
  type Message,
  type MessageText,
  type PluralForms,
} from './message.js';

/** The messages of one locale by key: `cart.items`. @internal */
export type Messages = ReadonlyMap<string, Message>;

/** `{count, plural, …}`: plurals are objects here. */
const ICU = /\{\s*[\w.-]+\s*,/;
const MAX_DEPTH = 20;

/**
 * Reads the messages of a locale. Objects nest keys, except those that hold the forms of a plural.
 *
 * @param files what was found for this locale; the first that has a key wins
 * @internal
 */
export function readMessages(files: readonly TemplateFile[]): {
  readonly messages: Messages;
  readonly problems: readonly TemplateProblem[];
} {
  const messages = new Map<string, Message>();
  const problems: TemplateProblem[] = [];
  for (const { path, source } of files) {
    const refuse = (message: string): void => void problems.push({ path, message });
    const add = (key: string, message: Message): void => {
      if (!messages.has(key)) messages.set(key, message);
    };
    const content = parseJson(source);
    if (content instanceof Error) refuse(`is not JSON: ${content.message}`);
    else if (!isObject(content)) refuse(`is ${kindOf(content)}, and messages are an object by key`);
    else addAll(content, [], add, refuse);
  }
  return { messages, problems };
}

function addAll(
  content: Readonly<Record<string, unknown>>,
  above: readonly string[],
  add: (key: string, message: Message) => void,
  refuse: (message: string) => void,
): void {
  for (const [name, value] of Object.entries(content)) {
    const path = [...above, name];
    const key = path.join('.');
    if (typeof value === 'string') {
      if (ICU.test(value))
        refuse(
          `has a message "${key}" in ICU syntax: write plural forms as an object, { "one": …, "other": … }`,
        );
      else add(key, parseMessage(value));
    } else if (!isObject(value) || path.length > MAX_DEPTH) {
      refuse(
        `has a message "${key}" that is ${kindOf(value)}: a message is a text, or an object of plural forms`,
      );
    } else {
      const forms = readForms(value);
      if (forms === undefined) addAll(value, path, add, refuse);
      else add(key, forms);
    }
  }
}

function readForms(value: Readonly<Record<string, unknown>>): PluralForms | undefined {
  const entries = Object.entries(value);
  const isForms =
    typeof value['other'] === 'string' &&
    entries.every(
      ([name, form]) => PLURAL_CATEGORIES.some((category) => category === name) && typeof form === 'string',
    );
  if (!isForms) return undefined;
  const forms = entries.map(([name, form]): [string, MessageText] => [name, parseMessage(form as string)]);
  return Object.fromEntries(forms) as PluralForms;
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch (error) {
    return error;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
