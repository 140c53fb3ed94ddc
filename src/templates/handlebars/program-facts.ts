import { FORMAT_HELPERS } from './format-helpers.js';
import {
  staticName,
  walkTree,
  type Call,
  type PartialStatement,
  type Program,
  type SourceLocation,
  type SyntaxNode,
} from './syntax-tree.js';

/** A call of `{{t}}`. @internal */
export interface MessageCall {
  /** Undefined when it is known only at a render. */
  readonly key: string | undefined;
  readonly given: ReadonlySet<string>;
  /** False for `{{{t …}}}`. */
  readonly escaped: boolean;
  readonly loc: SourceLocation;
}

/**
 * What a program refers to.
 *
 * @internal
 */
export interface ProgramFacts {
  /** The partials that it calls by name. */
  readonly partials: ReadonlySet<string>;
  /** True when it chooses a partial at a render: that can be any. */
  readonly choosesPartials: boolean;
  /** The names that it gives to partials of its own: `{{#*inline "row"}}`. */
  readonly inlineNames: readonly string[];
  readonly messages: readonly MessageCall[];
}

type CallNode = SyntaxNode & Call & { readonly path: SyntaxNode; readonly escaped?: boolean };

const CALLS: ReadonlySet<string> = new Set(['MustacheStatement', 'BlockStatement', 'SubExpression']);

/** @internal */
export function programFacts(program: Program): ProgramFacts {
  const partials = new Set<string>();
  const inlineNames: string[] = [];
  const messages: MessageCall[] = [];
  let choosesPartials = false;
  for (const node of walkTree(program)) {
    if (node.type === 'PartialStatement' || node.type === 'PartialBlockStatement') {
      const name = staticName((node as PartialStatement).name);
      if (name === undefined) choosesPartials = true;
      else partials.add(name);
    } else if (node.type === 'DecoratorBlock') {
      const [name] = (node as SyntaxNode & Call).params;
      const text = name && staticName(name);
      if (text !== undefined) inlineNames.push(text);
    } else if (CALLS.has(node.type) && staticName((node as CallNode).path) === 't') {
      const call = messageCall(node as CallNode);
      if (call !== undefined) messages.push(call);
    }
  }
  return { partials, choosesPartials, inlineNames, messages };
}

function messageCall({ params: [key], hash, escaped = true, loc }: CallNode): MessageCall | undefined {
  if (key === undefined) return undefined;
  const text = key.type === 'StringLiteral' ? staticName(key) : undefined;
  return { key: text, given: new Set(hash?.pairs.map((pair) => pair.key)), escaped, loc };
}

/**
 * Makes variables of the names of formatting helpers that are given nothing: `{{date}}` is the `date` of the context.
 *
 * @param own helpers of the application, which are called
 * @internal
 */
export function freeVariables(program: Program, own: ReadonlySet<string>): void {
  for (const node of walkTree(program)) {
    if (node.type !== 'MustacheStatement' && node.type !== 'BlockStatement') continue;
    const { path, params, hash } = node as CallNode;
    const name = staticName(path) ?? '';
    if (!FORMAT_HELPERS.some((helper) => helper === name) || own.has(name)) continue;
    if (params.length === 0 && (hash?.pairs.length ?? 0) === 0)
      Object.assign(path, { original: `./${name}` });
  }
}
