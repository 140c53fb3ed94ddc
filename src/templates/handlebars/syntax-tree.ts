/**
 * The part of Handlebars' syntax tree that is worked with here. Its own types leave out that a block may have no
 * program or no inverse, and give decorators the wrong type.
 *
 * @internal
 */
export interface SyntaxNode {
  readonly type: string;
  readonly loc: SourceLocation;
}

/** @internal */
export interface SourceLocation {
  /** The path of the file, as given to the parser. */
  readonly source?: string;
  /** Lines count from 1, columns from 0. */
  readonly start: { readonly line: number; readonly column: number };
}

/** @internal */
export interface PathExpression extends SyntaxNode {
  readonly type: 'PathExpression';
  readonly original: string;
  readonly parts: readonly string[];
  readonly depth: number;
  readonly data: boolean;
}

/** What a mustache, a block, a partial or a sub-expression calls, and with what. @internal */
export interface Call {
  readonly params: readonly SyntaxNode[];
  readonly hash?: { readonly pairs: readonly HashPair[] } | undefined;
}

/** A named argument: `count=2`. @internal */
export interface HashPair extends SyntaxNode {
  readonly key: string;
  readonly value: SyntaxNode;
}

/** @internal */
export interface Program extends SyntaxNode {
  readonly type: 'Program';
  readonly body: readonly Statement[];
  readonly blockParams?: readonly string[] | undefined;
}

/** @internal */
export interface ContentStatement extends SyntaxNode {
  readonly type: 'ContentStatement';
  readonly value: string;
}

/** @internal */
export interface MustacheStatement extends SyntaxNode, Call {
  readonly type: 'MustacheStatement';
  readonly path: PathExpression | Literal;
  readonly escaped: boolean;
}

/** @internal */
export interface BlockStatement extends SyntaxNode, Call {
  readonly type: 'BlockStatement';
  readonly path: PathExpression | Literal;
  readonly program?: Program | undefined;
  readonly inverse?: Program | undefined;
}

/** @internal */
export interface PartialStatement extends SyntaxNode, Call {
  readonly type: 'PartialStatement';
  readonly name: PathExpression | Literal | SyntaxNode;
}

/** A literal that stands where a name can stand: `{{> "footer"}}`. @internal */
export interface Literal extends SyntaxNode {
  readonly type: 'StringLiteral' | 'NumberLiteral';
  readonly original: string | number;
}

/** A partial that takes a block: `{{#> frame}}…{{/frame}}`. @internal */
export interface PartialBlockStatement extends SyntaxNode, Call {
  readonly type: 'PartialBlockStatement';
  readonly name: PathExpression | Literal | SyntaxNode;
  readonly program?: Program | undefined;
}

/** A partial of the template's own: `{{#*inline "row"}}…{{/inline}}`. @internal */
export interface DecoratorBlock extends SyntaxNode, Call {
  readonly type: 'DecoratorBlock';
  readonly program?: Program | undefined;
}

/** Statements that stay what they are. @internal */
export interface OtherStatement extends SyntaxNode {
  readonly type: 'CommentStatement' | 'Decorator';
}

/** @internal */
export type Statement =
  | ContentStatement
  | MustacheStatement
  | BlockStatement
  | PartialStatement
  | PartialBlockStatement
  | DecoratorBlock
  | OtherStatement;

/** True for the name of a value, as opposed to a literal or a sub-expression. @internal */
export function isPath(node: SyntaxNode): node is PathExpression {
  return node.type === 'PathExpression';
}

/** The nodes directly below a node. @internal */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  return Object.values(node).flatMap((value: unknown) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? value : [],
  );
}

/** Every node of a tree, outermost first. @internal */
export function* walkTree(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const child of childrenOf(node)) yield* walkTree(child);
}

/** The name that a path or literal spells; undefined for a sub-expression, whose name is known when it runs. @internal */
export function staticName(node: SyntaxNode): string | undefined {
  return 'original' in node ? String(node.original) : undefined;
}

/** The same place in the words of people: line and column from 1. @internal */
export function placeOf(loc: SourceLocation): { readonly line: number; readonly column: number } {
  return { line: loc.start.line, column: loc.start.column + 1 };
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
