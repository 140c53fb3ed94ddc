import { findSlot, slotMark, slotsIn, withoutMarks, type Slot, type SlotKind } from '../html/slot.js';
import { isHtmlKey } from './format-helpers.js';
import {
  staticName,
  type BlockStatement,
  type MustacheStatement,
  type Program,
  type Statement,
} from './syntax-tree.js';

interface Entry {
  readonly statement: Statement;
  /** The body that it stands in. */
  readonly scope: number;
}

interface Body {
  readonly statements: readonly Statement[];
  /** The slot that ended it; none at the end of the text. */
  readonly end: Slot | undefined;
}

const ROOT = 0;

/**
 * A template as a document with slots: all its text, and a slot for everything that is filled in at a render. What
 * works on documents changes the text; `restore` makes it a template again.
 *
 * @internal
 */
export class SlottedProgram {
  readonly text: string;
  readonly #entries: Entry[] = [];
  readonly #values = new Map<string, number>();

  constructor(readonly program: Program) {
    this.text = this.#flatten(program, ROOT);
  }

  /** True when something that is filled in may be markup. */
  get hasMarkupSlots(): boolean {
    return slotsIn(this.text).some((slot) => slot.kind === 'html');
  }

  /** The statement that a slot stands for. */
  statementAt(index: number): Statement | undefined {
    return this.#entries[index]?.statement;
  }

  /**
   * The template with another text. Slots may have gone from it, but none may have left its block, and no block may
   * have lost its beginning, middle or end: undefined then.
   */
  restore(text: string): Program | undefined {
    const root = this.#readBody({ text, at: 0 }, ROOT);
    return root === undefined || root.end !== undefined
      ? undefined
      : { ...this.program, body: root.statements };
  }

  #flatten(program: Program | undefined, scope: number): string {
    return (program?.body ?? []).map((statement) => this.#flattenStatement(statement, scope)).join('');
  }

  #flattenStatement(statement: Statement, scope: number): string {
    switch (statement.type) {
      case 'ContentStatement':
        return withoutMarks(statement.value);
      case 'CommentStatement':
        return '';
      case 'MustacheStatement':
        return this.#flattenMustache(statement, scope);
      case 'BlockStatement': {
        const index = this.#entries.push({ statement, scope }) - 1;
        const main = slotMark({ kind: 'open', index }) + this.#flatten(statement.program, mainScope(index));
        const inverse =
          statement.inverse &&
          slotMark({ kind: 'else', index }) + this.#flatten(statement.inverse, inverseScope(index));
        return main + (inverse ?? '') + slotMark({ kind: 'close', index });
      }
      case 'PartialStatement':
      case 'PartialBlockStatement':
      case 'Decorator':
      case 'DecoratorBlock':
        return slotMark({ kind: 'html', index: this.#entries.push({ statement, scope }) - 1 });
      default:
        return statement satisfies never;
    }
  }

  /** The same value at two places of a body is the same slot, so that a link whose text is its address is seen. */
  #flattenMustache(statement: MustacheStatement, scope: number): string {
    const kind: SlotKind = statement.escaped && !isHtmlMessage(statement) ? 'value' : 'html';
    const isCall = statement.params.length > 0 || (statement.hash?.pairs.length ?? 0) > 0;
    const key = `${scope} ${kind} ${staticName(statement.path)}`;
    const known = isCall ? undefined : this.#values.get(key);
    const index = known ?? this.#entries.push({ statement, scope }) - 1;
    if (!isCall) this.#values.set(key, index);
    return slotMark({ kind, index });
  }

  #readBody(input: { readonly text: string; at: number }, scope: number): Body | undefined {
    const statements: Statement[] = [];
    for (;;) {
      const slot = findSlot(input.text, input.at);
      const value = input.text.slice(input.at, slot?.start);
      if (value !== '') statements.push({ type: 'ContentStatement', value, loc: this.program.loc });
      input.at = slot?.end ?? input.text.length;
      if (slot === undefined || slot.kind === 'else' || slot.kind === 'close')
        return { statements, end: slot };
      const entry = this.#entries[slot.index];
      if (entry?.scope !== scope) return undefined;
      const statement = slot.kind === 'open' ? this.#readBlock(input, slot.index) : entry.statement;
      if (statement === undefined) return undefined;
      statements.push(statement);
    }
  }

  #readBlock(input: { readonly text: string; at: number }, index: number): BlockStatement | undefined {
    const block = this.#entries[index]?.statement as BlockStatement;
    const main = this.#readBody(input, mainScope(index));
    const inverse = main?.end?.kind === 'else' ? this.#readBody(input, inverseScope(index)) : undefined;
    const ends = [main?.end, ...(block.inverse === undefined ? [] : [inverse?.end])];
    const isWhole = ends.every((end) => end?.index === index) && ends.at(-1)?.kind === 'close';
    if (!isWhole || main === undefined) return undefined;
    return {
      ...block,
      program: block.program && { ...block.program, body: main.statements },
      inverse: block.inverse && { ...block.inverse, body: inverse?.statements ?? [] },
    };
  }
}

/** `{{t "terms_html"}}`. */
function isHtmlMessage({ path, params: [key] }: MustacheStatement): boolean {
  return staticName(path) === 't' && key !== undefined && isHtmlKey(staticName(key));
}

function mainScope(index: number): number {
  return 2 * index + 1;
}

function inverseScope(index: number): number {
  return 2 * index + 2;
}
