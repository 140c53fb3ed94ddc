import {
  childrenOf,
  staticName,
  type BlockStatement,
  type PartialStatement,
  type PathExpression,
  type Program,
  type Statement,
  type SyntaxNode,
} from './syntax-tree.js';

/**
 * What a template is put together from.
 *
 * @internal
 */
export interface Ingredients {
  readonly partials: ReadonlyMap<string, Program>;
  /** Names that some template gives to a partial of its own; which one is meant is known when it runs. */
  readonly inlineNames: ReadonlySet<string>;
}

interface Scope {
  /** The partials that are being put in, to notice a recursive one. */
  readonly within: readonly string[];
  /** Names that blocks gave to their values: `as |item|`. */
  readonly blockParams: readonly string[];
}

const NEEDS_ITS_CALL: ReadonlySet<string> = new Set(['PartialBlockStatement', 'Decorator', 'DecoratorBlock']);
const OPENS_CONTEXT: ReadonlySet<string> = new Set(['each', 'with']);
/** Partials that call each other many times over grow without bound; from here on they stay calls. */
const MAX_STATEMENTS = 20_000;

/**
 * Puts partials in the place of `{{> name}}`, so that later stages see the whole template. Only where the result is
 * the same: a partial with a context or parameters of its own, a recursive one, one chosen at run time and one that
 * takes a block stay calls.
 *
 * @internal
 */
export function resolvePartials(program: Program, ingredients: Ingredients): Program {
  let budget = MAX_STATEMENTS;
  const resolve = (statements: readonly Statement[], scope: Scope): readonly Statement[] =>
    statements.flatMap((statement) => {
      budget--;
      if (statement.type === 'BlockStatement') {
        return {
          ...statement,
          program: inBlock(statement.program, scope),
          inverse: inBlock(statement.inverse, scope),
        };
      }
      if (statement.type !== 'PartialStatement' || budget < 0) return statement;
      const partial = partialToInsert(statement, scope, ingredients);
      if (partial === undefined) return statement;
      return resolve(partial.program.body, { ...scope, within: [...scope.within, partial.name] });
    });
  const inBlock = (block: Program | undefined, scope: Scope): Program | undefined =>
    block && {
      ...block,
      body: resolve(block.body, {
        ...scope,
        blockParams: [...scope.blockParams, ...(block.blockParams ?? [])],
      }),
    };
  return { ...program, body: resolve(program.body, { within: [], blockParams: [] }) };
}

/**
 * Puts a template in the place of the layout's `{{{body}}}`, or of another name; undefined when the layout has none.
 *
 * @internal
 */
export function resolveLayout(layout: Program, body: Program, place = 'body'): Program | undefined {
  let found = false;
  const resolve = (statements: readonly Statement[]): readonly Statement[] =>
    statements.flatMap((statement) => {
      if (statement.type === 'BlockStatement') {
        return { ...statement, program: inBlock(statement.program), inverse: inBlock(statement.inverse) };
      }
      if (statement.type === 'PartialBlockStatement')
        return { ...statement, program: inBlock(statement.program) };
      if (statement.type !== 'MustacheStatement' || staticName(statement.path) !== place) return statement;
      found = true;
      return body.body;
    });
  const inBlock = (block: Program | undefined): Program | undefined =>
    block && { ...block, body: resolve(block.body) };
  const resolved = { ...layout, body: resolve(layout.body) };
  return found ? resolved : undefined;
}

function partialToInsert(
  { name: nameNode, params, hash }: PartialStatement,
  { within, blockParams }: Scope,
  { partials, inlineNames }: Ingredients,
): { readonly name: string; readonly program: Program } | undefined {
  const name = staticName(nameNode) ?? '';
  const program = partials.get(name);
  const hasOwnContext = params.some((param) => !isThis(param)) || (hash?.pairs.length ?? 0) > 0;
  if (program === undefined || hasOwnContext || within.includes(name) || inlineNames.has(name))
    return undefined;
  return canBeInserted(program, blockParams) ? { name, program } : undefined;
}

/**
 * A called partial sees neither the names that blocks around the call gave nor, as a rule, what `../` leads to
 * outside of it; an inserted one would.
 *
 * @param contexts how many contexts the partial has opened around this node
 */
function canBeInserted(node: SyntaxNode, blockParams: readonly string[], contexts = 0): boolean {
  if (NEEDS_ITS_CALL.has(node.type)) return false;
  if (node.type === 'PathExpression') {
    const { parts, depth, original } = node as PathExpression;
    return depth <= contexts && !blockParams.includes(parts[0] ?? '') && original !== '@partial-block';
  }
  const { program, path } = node as Partial<BlockStatement>;
  const opens = OPENS_CONTEXT.has((path && staticName(path)) ?? '') ? 1 : 0;
  return childrenOf(node).every((child) =>
    canBeInserted(child, blockParams, contexts + (child === program ? opens : 0)),
  );
}

/** The context that a partial has anyway. Handlebars' compiler writes it into calls without one. */
function isThis(node: SyntaxNode): boolean {
  const path = node as PathExpression;
  return path.type === 'PathExpression' && path.parts.length === 0 && path.depth === 0 && !path.data;
}
