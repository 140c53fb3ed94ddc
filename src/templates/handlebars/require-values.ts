import {
  isPath,
  staticName,
  type BlockStatement,
  type Call,
  type PathExpression,
  type Program,
  type Statement,
  type SyntaxNode,
} from './syntax-tree.js';

/** The helper that looks a value up and fails when there is none. No template can write this name. @internal */
export const REQUIRE_VALUE = 'mail relay value';

/** What a template calls. @internal */
export interface CallableNames {
  /** All helpers: a name of one is no variable. */
  readonly helpers: ReadonlySet<string>;
  /** Helpers that cannot do without what they are given. */
  readonly needing: ReadonlySet<string>;
}

/**
 * A template in which an unknown variable is an error wherever its value is needed: where it is printed, repeated by
 * `{{#each}}` without an `{{else}}`, or given to a helper that formats it. To ask for a variable is allowed.
 *
 * @internal
 */
export function requireValues(program: Program, names: CallableNames): Program {
  return inProgram(program, names, []);
}

function inProgram(program: Program, names: CallableNames, outer: readonly string[]): Program {
  const blockParams = [...(program.blockParams ?? []), ...outer];
  return { ...program, body: program.body.map((statement) => inStatement(statement, names, blockParams)) };
}

function inStatement(statement: Statement, names: CallableNames, blockParams: readonly string[]): Statement {
  switch (statement.type) {
    case 'MustacheStatement': {
      const { path } = statement;
      if (isCall(statement)) return { ...statement, ...inCall(statement, names, blockParams) };
      const required = isPath(path) && !names.helpers.has(path.original) && requirement(path, blockParams);
      return required ? { ...statement, ...required } : statement;
    }
    case 'BlockStatement':
      return inBlock(statement, names, blockParams);
    case 'PartialBlockStatement':
    case 'DecoratorBlock': {
      const { program } = statement;
      return program === undefined
        ? statement
        : { ...statement, program: inProgram(program, names, blockParams) };
    }
    default:
      return statement;
  }
}

function inBlock(
  block: BlockStatement,
  names: CallableNames,
  blockParams: readonly string[],
): BlockStatement {
  const repeats = staticName(block.path) === 'each' && block.inverse === undefined;
  return {
    ...block,
    ...(isCall(block) ? inCall(block, names, blockParams) : {}),
    ...(repeats ? { params: block.params.map((param) => required(param, blockParams)) } : {}),
    program: block.program && inProgram(block.program, names, blockParams),
    inverse: block.inverse && inProgram(block.inverse, names, blockParams),
  };
}

/** The arguments of a call, with those of helpers that need them. */
function inCall(
  call: Call & { readonly path: SyntaxNode },
  names: CallableNames,
  blockParams: readonly string[],
): Call {
  const needs = names.needing.has(staticName(call.path) ?? '');
  const argument = (node: SyntaxNode): SyntaxNode => {
    if (node.type === 'SubExpression') {
      return { ...node, ...inCall(node as SyntaxNode & Call & { path: SyntaxNode }, names, blockParams) };
    }
    return needs ? required(node, blockParams) : node;
  };
  return {
    params: call.params.map(argument),
    hash: call.hash && {
      ...call.hash,
      pairs: call.hash.pairs.map((pair) => ({ ...pair, value: argument(pair.value) })),
    },
  };
}

function required(node: SyntaxNode, blockParams: readonly string[]): SyntaxNode {
  const call = isPath(node) ? requirement(node, blockParams) : undefined;
  if (call === undefined) return node;
  const expression: SyntaxNode & Call = { type: 'SubExpression', loc: node.loc, ...call };
  return expression;
}

/** The call that looks a path up; undefined for what is always there: `this`, `@index`, a name that a block gave. */
function requirement(
  path: PathExpression,
  blockParams: readonly string[],
): (Call & { readonly path: PathExpression }) | undefined {
  const { parts, depth, data, loc } = path;
  const [first = ''] = parts;
  const isNamed = depth === 0 && !/^(?:\.|this\b)/.test(path.original) && blockParams.includes(first);
  const isGiven = data || isNamed;
  const rest = isGiven ? parts.slice(1) : parts;
  if (rest.length === 0) return undefined;
  const original = isGiven
    ? `${data ? '@' : ''}${first}`
    : depth === 0
      ? 'this'
      : '../'.repeat(depth).slice(0, -1);
  const base: PathExpression = { ...path, parts: isGiven ? [first] : [], original };
  const texts = [path.original, ...rest].map((value) => ({
    type: 'StringLiteral',
    value,
    original: value,
    loc,
  }));
  const helper = {
    type: 'PathExpression',
    original: REQUIRE_VALUE,
    parts: [REQUIRE_VALUE],
    depth: 0,
    data: false,
    loc,
  } as const;
  return { path: helper, params: [base, ...texts] };
}

function isCall({ params, hash }: Call): boolean {
  return params.length > 0 || (hash?.pairs.length ?? 0) > 0;
}
