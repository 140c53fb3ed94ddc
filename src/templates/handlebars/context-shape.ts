import { ValueShape } from '../context-types/value-shape.js';
import {
  childrenOf,
  isPath,
  staticName,
  type BlockStatement,
  type Call,
  type PartialBlockStatement,
  type PartialStatement,
  type PathExpression,
  type Program,
  type Statement,
  type SyntaxNode,
} from './syntax-tree.js';

/** What programs call by name. @internal */
export interface ShapeSurroundings {
  readonly partials: ReadonlyMap<string, Program>;
  /** Names that are helpers even where they are called without arguments. */
  readonly helpers: ReadonlySet<string>;
}

/** Where a path is looked up. */
interface Scope {
  readonly value: ValueShape;
  readonly parent: Scope | undefined;
  /** Block parameters and the named arguments of a partial; undefined for what is no part of the context. */
  readonly names: ReadonlyMap<string, ValueShape | undefined>;
  /** What an `{{#if}}` around has asked for. */
  readonly asked: ReadonlySet<ValueShape>;
}

type Use = 'print' | 'format' | 'ask' | 'enter';

const NO_NAMES: Scope['names'] = new Map();
const QUESTIONS: ReadonlySet<string> = new Set(['if', 'unless']);
const MAX_PARTIAL_DEPTH = 32;

/**
 * Reads what a program expects of its context, and adds it to a shape: so the shape of a template is that of its html,
 * text and subject in all locales. What a dynamic partial or a helper looks up by itself is not seen.
 *
 * @internal
 */
export function readContextShape(program: Program, root: ValueShape, surroundings: ShapeSurroundings): void {
  new ShapeReader(root, surroundings).program(program, {
    value: root,
    parent: undefined,
    names: NO_NAMES,
    asked: new Set(),
  });
}

class ShapeReader {
  #partialDepth = 0;

  constructor(
    private readonly root: ValueShape,
    private readonly surroundings: ShapeSurroundings,
  ) {}

  program(program: Program | undefined, scope: Scope): void {
    for (const statement of program?.body ?? []) this.#statement(statement, scope);
  }

  #statement(statement: Statement, scope: Scope): void {
    switch (statement.type) {
      case 'MustacheStatement':
        return this.#expression(statement, scope, 'print');
      case 'BlockStatement':
        return this.#block(statement, scope);
      case 'PartialStatement':
      case 'PartialBlockStatement':
        return this.#partial(statement, scope);
      case 'DecoratorBlock':
        // An inline partial: it is read where it stands, with the context that most of them get.
        return this.program(statement.program, scope);
      case 'ContentStatement':
      case 'CommentStatement':
      case 'Decorator':
        return undefined;
      default:
        return statement satisfies never;
    }
  }

  /** `{{path}}`, `{{helper path}}`, `(helper path)`. */
  #expression(call: SyntaxNode & Call & { readonly path: SyntaxNode }, scope: Scope, use: Use): void {
    const isCall = call.params.length > 0 || (call.hash?.pairs.length ?? 0) > 0;
    if (isCall || this.#isHelper(call.path, scope)) return this.#arguments(call, scope);
    this.#use(call.path, scope, use);
  }

  #arguments(call: Call, scope: Scope): void {
    for (const param of [...call.params, ...(call.hash?.pairs ?? []).map(({ value }) => value)]) {
      this.#argument(param, scope, 'format');
    }
  }

  #argument(node: SyntaxNode, scope: Scope, use: Use): void {
    if (isPath(node)) this.#use(node, scope, use);
    else if (isSubExpression(node)) this.#expression(node, scope, use);
  }

  #block(block: BlockStatement, scope: Scope): void {
    const name = staticName(block.path) ?? '';
    const [subject, ...others] = block.params;
    for (const other of others) this.#argument(other, scope, 'format');
    if (QUESTIONS.has(name) && subject) {
      this.#argument(subject, scope, 'ask');
      const asked = isPath(subject) ? this.#find(subject, scope) : undefined;
      const inside = asked ? { ...scope, asked: new Set([...scope.asked, asked]) } : scope;
      this.program(block.program, name === 'if' ? inside : scope);
      return this.program(block.inverse, name === 'if' ? scope : inside);
    }
    if ((name === 'each' || name === 'with') && subject)
      return this.#enter(block, subject, name === 'each', scope);
    if (block.params.length === 0 && !this.#isHelper(block.path, scope) && isPath(block.path)) {
      // `{{#name}}` enters a value that may be missing.
      this.#use(block.path, scope, 'ask');
      const value = this.#find(block.path, scope);
      this.program(block.program, value ? this.#inside(scope, value) : scope);
      return this.program(block.inverse, scope);
    }
    this.#arguments(block, scope);
    this.program(block.program, this.#withNames(scope, block.program?.blockParams, []));
    return this.program(block.inverse, scope);
  }

  #enter(block: BlockStatement, subject: SyntaxNode, repeats: boolean, scope: Scope): void {
    this.#argument(subject, scope, block.inverse ? 'ask' : 'enter');
    const value = isPath(subject) ? this.#find(subject, scope) : undefined;
    const entered = value && (repeats ? value.item() : value);
    const inside = this.#inside(scope, entered ?? new ValueShape());
    this.program(block.program, this.#withNames(inside, block.program?.blockParams, [entered]));
    this.program(block.inverse, scope);
  }

  #partial(call: PartialStatement | PartialBlockStatement, scope: Scope): void {
    this.#arguments({ params: [], hash: call.hash }, scope);
    const [context] = call.params;
    if (context) this.#argument(context, scope, 'enter');
    if (call.type === 'PartialBlockStatement') this.program(call.program, scope);
    const name = staticName(call.name);
    const program = name === undefined ? undefined : this.surroundings.partials.get(name);
    if (!program || this.#partialDepth >= MAX_PARTIAL_DEPTH) return;
    const value = context && isPath(context) ? this.#find(context, scope) : scope.value;
    const names = (call.hash?.pairs ?? []).map(
      ({ key, value: given }) => [key, isPath(given) ? this.#find(given, scope) : undefined] as const,
    );
    this.#partialDepth++;
    // A partial sees its context, not the blocks around its call.
    this.program(program, { ...scope, value: value ?? new ValueShape(), names: new Map(names) });
    this.#partialDepth--;
  }

  #use(node: SyntaxNode, scope: Scope, use: Use): void {
    if (!isPath(node)) return;
    const steps = this.#steps(node, scope);
    const last = steps.at(-1);
    if (!last) return;
    if (use === 'print') last.isPrinted = true;
    if (use === 'format') last.isFormatted = true;
    if (use === 'ask') steps.pop();
    for (const step of steps) if (!scope.asked.has(step)) step.isRequired = true;
  }

  #find(path: PathExpression, scope: Scope): ValueShape | undefined {
    return this.#steps(path, scope).at(-1);
  }

  /** The shapes that a path goes through, outermost first; none where it leads out of the context. */
  #steps({ parts, depth, data, original }: PathExpression, scope: Scope): ValueShape[] {
    let rest = parts;
    let from: ValueShape;
    if (data) {
      if (parts[0] !== 'root') return [];
      rest = parts.slice(1);
      from = this.root;
    } else {
      let at: Scope | undefined = scope;
      for (let i = 0; i < depth; i++) at = at?.parent;
      if (!at) return [];
      from = at.value;
      const [first] = parts;
      if (first !== undefined && depth === 0 && !original.startsWith('this') && at.names.has(first)) {
        const named = at.names.get(first);
        if (!named) return [];
        from = named;
        rest = parts.slice(1);
      }
    }
    const steps = [from];
    for (const part of rest) {
      if (part === 'length' && from.items) return steps;
      from = from.property(part);
      steps.push(from);
    }
    // The outermost is the context itself or an element, which is there anyway.
    return steps.length > 1 ? steps.slice(1) : steps;
  }

  #isHelper(path: SyntaxNode, scope: Scope): boolean {
    const name = staticName(path);
    return name !== undefined && this.surroundings.helpers.has(name) && !scope.names.has(name);
  }

  #inside(scope: Scope, value: ValueShape): Scope {
    return { ...scope, value, parent: scope };
  }

  #withNames(
    scope: Scope,
    blockParams: readonly string[] | undefined,
    values: readonly (ValueShape | undefined)[],
  ): Scope {
    if (!blockParams || blockParams.length === 0) return scope;
    const names = new Map(scope.names);
    for (const [i, name] of blockParams.entries()) names.set(name, values[i]);
    return { ...scope, names };
  }
}

function isSubExpression(node: SyntaxNode): node is SyntaxNode & Call & { readonly path: SyntaxNode } {
  return node.type === 'SubExpression' && childrenOf(node).length > 0;
}
