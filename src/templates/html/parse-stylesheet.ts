/** @internal */
export interface StyleDeclaration {
  readonly property: string;
  readonly value: string;
  readonly important: boolean;
}

/** @internal */
export interface StyleRule {
  readonly selector: string;
  readonly declarations: readonly StyleDeclaration[];
}

const COMMENT = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\/\*[\s\S]*?(?:\*\/|$)|<!--|-->/g;
const TOKEN = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|\\[\s\S]?|[{};()]|[^"'\\{};()]+|["']/g;
const PROPERTY = /^-{0,2}[a-z][\w-]*$/i;
const IMPORTANT = /\s*!\s*important$/i;

/**
 * Reads the rules of a style sheet that hold without condition. At-rules are left out: media queries, fonts and
 * animations have no place in a `style` attribute.
 *
 * @internal
 */
export function parseStylesheet(css: string): readonly StyleRule[] {
  const rules: StyleRule[] = [];
  let depth = 0;
  let selector = '';
  let block = '';
  for (const token of css.replace(COMMENT, '$1').match(TOKEN) ?? []) {
    if (token === '{' && depth++ === 0) continue;
    if (token === '}' && depth > 0 && --depth === 0) {
      const declarations = selector.trim().startsWith('@') ? [] : parseDeclarations(block);
      if (declarations.length > 0) rules.push({ selector: selector.trim(), declarations });
      selector = block = '';
      continue;
    }
    if (depth > 0) block += token;
    else if (token === ';') selector = '';
    else selector += token;
  }
  return rules;
}

function parseDeclarations(block: string): readonly StyleDeclaration[] {
  const declarations: StyleDeclaration[] = [];
  for (const text of splitDeclarations(block)) {
    const colon = text.indexOf(':');
    const property = text.slice(0, Math.max(0, colon)).trim();
    const rest = text
      .slice(colon + 1)
      .replace(/\s+/g, ' ')
      .trim();
    const value = rest.replace(IMPORTANT, '');
    // A nested rule has a brace; a hack for an old browser (`*zoom`) is no property.
    if (!PROPERTY.test(property) || value === '' || text.includes('{')) continue;
    declarations.push({
      property: property.startsWith('--') ? property : property.toLowerCase(),
      value,
      important: value.length !== rest.length,
    });
  }
  return declarations;
}

/** At semicolons that are not within a string, parentheses or braces. */
function splitDeclarations(block: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const token of block.match(TOKEN) ?? []) {
    if (token === '(' || token === '{') depth++;
    if ((token === ')' || token === '}') && depth > 0) depth--;
    if (token === ';' && depth === 0) parts.push('');
    else parts[parts.length - 1] += token;
  }
  return parts;
}
