import { kindOf } from '../core/kind-of.js';
import { suggestNames } from './nearest-names.js';
import type { TemplateFile } from './template-loader.js';
import type { TemplateProblem } from './template-problem.js';
import { unitWithin, type TemplateUnit } from './template-unit.js';

/**
 * What a template says about itself, between two lines of `---` at its beginning.
 *
 * @internal
 */
export interface FrontMatter {
  readonly subject?: TemplateUnit | undefined;
  /** What inboxes show beside the subject. */
  readonly preheader?: TemplateUnit | undefined;
  /** The name of a layout; `false` for none. Absent: the layout of the options. */
  readonly layout?: string | false | undefined;
  /** The stream it is meant for: the lint looks for the unsubscribe link of a marketing mail. */
  readonly stream?: string | undefined;
  /** A context to show the template with. */
  readonly sample?: object | undefined;
}

interface Entry {
  readonly key: string;
  readonly value: string;
  /** From 0, of the key. */
  readonly line: number;
  /** From 0, of the value. */
  readonly column: number;
}

const KEYS = ['subject', 'preheader', 'layout', 'stream', 'sample'] as const;
const FENCE = /^---[ \t]*$/;
const ENTRY = /^([A-Za-z][\w-]*):[ \t]*(.*)$/;
const QUOTED = /^(["'])([^"']*)\1$/;
const NO_LAYOUT: ReadonlySet<string> = new Set(['none', 'false']);

/**
 * Takes the front matter from a file. Values are what stands on the line, mustaches included: nothing is a comment or
 * needs to be escaped. A value may go on in further lines; `sample` is JSON.
 *
 * @internal
 */
export function readFrontMatter(file: TemplateFile): {
  readonly body: TemplateUnit;
  readonly matter: FrontMatter;
  readonly problems: readonly TemplateProblem[];
} {
  const lines = file.source.split('\n');
  if (!FENCE.test(lines[0] ?? '') || !ENTRY.test(lines[1] ?? ''))
    return { body: file, matter: {}, problems: [] };
  const end = lines.findIndex((line, i) => i > 0 && FENCE.test(line));
  if (end === -1) {
    const message = 'begins with front matter that does not end: close it with a line of ---';
    return {
      body: file,
      matter: {},
      problems: [{ path: file.path, source: file.source, line: 1, column: 1, message }],
    };
  }
  const problems: TemplateProblem[] = [];
  const matter: { -readonly [Key in keyof FrontMatter]: FrontMatter[Key] } = {};
  for (const entry of entriesOf(lines.slice(1, end))) {
    const message = addEntry(file, entry, matter);
    if (message !== undefined)
      problems.push({ path: file.path, source: file.source, line: entry.line + 1, column: 1, message });
  }
  const text = `{{!--${'\n'.repeat(end)}--}}\n${lines.slice(end + 1).join('\n')}`;
  return { body: { ...file, text }, matter, problems };
}

function entriesOf(lines: readonly string[]): readonly Entry[] {
  const entries: Entry[] = [];
  for (const [i, line] of lines.entries()) {
    const [, key, value = ''] = ENTRY.exec(line) ?? [];
    if (key !== undefined) entries.push({ key, value, line: i + 1, column: line.length - value.length });
    else {
      const last = entries.pop();
      if (last !== undefined) entries.push({ ...last, value: `${last.value}\n${line}` });
    }
  }
  return entries;
}

/** Why the entry cannot be; undefined when it was added. */
function addEntry(
  file: TemplateFile,
  { key, value, line, column }: Entry,
  matter: { -readonly [Key in keyof FrontMatter]: FrontMatter[Key] },
): string | undefined {
  const known = KEYS.find((name) => name === key);
  if (known === undefined) return `has the unknown key ${JSON.stringify(key)}. ${suggestNames(key, KEYS)}`;
  if (matter[known] !== undefined) return `has the key ${known} twice`;
  const text = value.trim();
  if (text === '') return `gives no value for ${known}: write one, or leave the line out`;
  switch (known) {
    case 'subject':
    case 'preheader': {
      const quoted = QUOTED.exec(text)?.[2];
      matter[known] =
        quoted === undefined
          ? unitWithin(file, value.trimEnd(), line, column)
          : unitWithin(file, quoted, line, column + 1);
      return undefined;
    }
    case 'layout':
      matter.layout = NO_LAYOUT.has(text) ? false : (QUOTED.exec(text)?.[2] ?? text);
      return undefined;
    case 'stream':
      matter.stream = QUOTED.exec(text)?.[2] ?? text;
      return undefined;
    case 'sample': {
      const sample = readSample(text);
      if (typeof sample === 'string') return sample;
      matter.sample = sample;
      return undefined;
    }
    default:
      return known satisfies never;
  }
}

/** A sample context from its text; or what is wrong with it. @internal */
export function readSample(text: string): object | string {
  let sample: unknown;
  try {
    sample = JSON.parse(text);
  } catch (error) {
    return `has a sample that is not JSON: ${(error as Error).message}`;
  }
  if (typeof sample === 'object' && sample !== null && !Array.isArray(sample)) return sample;
  return `has a sample that is ${kindOf(sample)}: a context is an object, { "name": "Ada" }`;
}
