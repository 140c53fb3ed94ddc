import Handlebars from 'handlebars';

import type { TemplateProblem } from '../template-problem.js';
import { textOf, type TemplateUnit } from '../template-unit.js';
import type { Program } from './syntax-tree.js';

/**
 * Parses a template file; a syntax error comes back as a problem with line and column.
 *
 * @internal
 */
export function parseTemplate(file: TemplateUnit): Program | TemplateProblem {
  // Editors end every file with a line break. In a partial it ends the line of the call; elsewhere it is one too many.
  const text = textOf(file);
  const source = file.name.startsWith('partials/') ? text : text.replace(/\n$/, '');
  try {
    return Handlebars.parse(source, { srcName: file.path }) as unknown as Program;
  } catch (error) {
    return syntaxProblem(file, error);
  }
}

/** What Handlebars says about a file, with the place where it says one. @internal */
export function syntaxProblem(unit: TemplateUnit, cause: unknown): TemplateProblem {
  const { path, source } = unit;
  const error = cause as Partial<Record<'message' | 'lineNumber' | 'column', unknown>>;
  const message = String(error.message);
  if (typeof error.lineNumber === 'number' && typeof error.column === 'number') {
    const reason = message.replace(/ - \d+:\d+$/, '');
    return { path, source, line: error.lineNumber, column: error.column + 1, message: reason, cause };
  }
  const [head = '', excerpt = '', caret = '', detail = ''] = message.split('\n');
  const line = Number(/^(?:Parse|Lexical) error on line (\d+)/.exec(head)?.[1]);
  if (!Number.isSafeInteger(line)) return { path, message, cause };
  const found = /got '(\w+)'$/.exec(detail)?.[1];
  const reason =
    found === 'EOF'
      ? 'ends before a block or mustache is closed'
      : `has a syntax error${found === undefined ? '' : ` (unexpected ${found})`}`;
  return {
    path,
    source,
    ...findPlace(textOf(unit), line, excerpt, caret.length - 1),
    message: reason,
    cause,
  };
}

/**
 * The place that Handlebars' excerpt points to: it quotes up to 20 characters on both sides and leaves out line
 * breaks.
 */
function findPlace(
  source: string,
  line: number,
  excerpt: string,
  caret: number,
): { line: number; column?: number } {
  const before = excerpt.slice(0, caret).replace(/^\.\.\./, '');
  const quoted = before + excerpt.slice(caret).replace(/\.\.\.$/, '');
  const lines = source.split('\n');
  const flat = lines.join('');
  let lineStart = lines.slice(0, line - 1).join('').length;
  // The named line is where the offending token ends; it may begin some lines before.
  const at = flat.lastIndexOf(quoted, lineStart + (lines[line - 1]?.length ?? 0)) + before.length;
  if (at < before.length) return { line };
  let real = line;
  while (real > 1 && at < lineStart) lineStart -= lines[--real - 1]?.length ?? 0;
  return { line: real, column: at - lineStart + 1 };
}
