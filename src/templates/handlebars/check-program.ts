import type { TemplateFile } from '../template-loader.js';
import type { TemplateProblem } from '../template-problem.js';
import { suggestNames } from '../nearest-names.js';
import {
  placeOf,
  staticName,
  walkTree,
  type Call,
  type PartialBlockStatement,
  type PartialStatement,
  type PathExpression,
  type Program,
  type SyntaxNode,
} from './syntax-tree.js';

/**
 * The names that templates may use.
 *
 * @internal
 */
export interface KnownNames {
  readonly helpers: ReadonlySet<string>;
  readonly partials: ReadonlySet<string>;
}

/**
 * Finds calls of helpers and partials that do not exist.
 *
 * @internal
 */
export function checkProgram(
  file: TemplateFile,
  program: Program,
  known: KnownNames,
): readonly TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  for (const node of walkTree(program)) {
    const message = findUnknown(node, known);
    if (message === undefined) continue;
    problems.push({ path: file.path, source: file.source, ...placeOf(node.loc), message });
  }
  return problems;
}

function findUnknown(node: SyntaxNode, known: KnownNames): string | undefined {
  switch (node.type) {
    case 'MustacheStatement':
    case 'BlockStatement':
    case 'SubExpression':
      return findUnknownHelper(node as SyntaxNode & Call & { readonly path: PathExpression }, known.helpers);
    case 'PartialBlockStatement':
      return findSurplus(node as PartialBlockStatement);
    case 'PartialStatement': {
      const name = staticName((node as PartialStatement).name);
      if (name === undefined || name.startsWith('@') || known.partials.has(name)) {
        return findSurplus(node as PartialStatement);
      }
      return `calls the partial ${JSON.stringify(name)}, which does not exist. ${suggestNames(name, [...known.partials])}`;
    }
    case 'Decorator':
    case 'DecoratorBlock': {
      const name = (node as SyntaxNode & { readonly path: PathExpression }).path.original;
      return name === 'inline'
        ? undefined
        : `uses the decorator ${JSON.stringify(name)}, which does not exist. Only inline does.`;
    }
    default:
      return undefined;
  }
}

function findSurplus({ params }: Call): string | undefined {
  if (params.length < 2) return undefined;
  return `gives a partial ${params.length} contexts, and it takes one. Name the others: {{> row item=this}}`;
}

function findUnknownHelper(
  node: SyntaxNode & Call & { readonly path: PathExpression },
  helpers: ReadonlySet<string>,
): string | undefined {
  const isCall =
    node.type === 'SubExpression' || node.params.length > 0 || (node.hash?.pairs.length ?? 0) > 0;
  const name = node.path.original;
  if (!isCall || helpers.has(name)) return undefined;
  return `calls the helper ${JSON.stringify(name)}, which is not in templates.helpers. ${suggestNames(name, [...helpers])}`;
}
