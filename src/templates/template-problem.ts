import { MailRelayError } from '../core/mail-relay-error.js';

/**
 * Something wrong with a template file, found at boot.
 *
 * @internal
 */
export interface TemplateProblem {
  readonly path: string;
  readonly message: string;
  /** From 1; absent when the whole file is meant. */
  readonly line?: number | undefined;
  /** From 1. */
  readonly column?: number | undefined;
  /** The file's text, to quote the line from. */
  readonly source?: string | undefined;
  readonly cause?: unknown;
}

const EXCERPT_CHARS = 100;

/**
 * All problems as one error: each with file, line, column and the line itself.
 *
 * @internal
 */
export function templateError(problems: readonly TemplateProblem[]): MailRelayError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const text = problems.toSorted(byPlace).map(describe).join('\n');
  return new MailRelayError('ERR_MAIL_RELAY_TEMPLATE', `The templates have ${count}:\n${text}`, {
    field: 'templates',
    cause: problems.find((problem) => problem.cause !== undefined)?.cause,
  });
}

function byPlace(a: TemplateProblem, b: TemplateProblem): number {
  return a.path.localeCompare(b.path) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

function describe(problem: TemplateProblem): string {
  const place = [problem.path, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  return `  ${place} ${problem.message}${excerpt(problem)}`;
}

function excerpt({ source, line, column = 1 }: TemplateProblem): string {
  const text = line === undefined ? undefined : source?.split('\n')[line - 1];
  if (text === undefined) return '';
  const from = Math.max(0, column - EXCERPT_CHARS / 2);
  const shown = text.slice(from, from + EXCERPT_CHARS).replaceAll('\t', ' ');
  const gutter = `    ${line} | `;
  return `\n${gutter}${shown}\n${' '.repeat(gutter.length - 2)}| ${' '.repeat(column - 1 - from)}^`;
}
