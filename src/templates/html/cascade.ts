import type { StyleDeclaration, StyleRule } from './parse-stylesheet.js';

/**
 * What an element's rules come to. Both are texts for a `style` attribute; what the element's own attribute says
 * goes between them.
 *
 * @internal
 */
export interface CascadedStyle {
  readonly normal: string;
  /**
   * The declarations marked important, without the mark. Written last they win within the attribute, and the
   * `!important` of a media query in the kept `<style>` can still override them on a small screen.
   */
  readonly important: string;
}

/**
 * Lays rules over one another.
 *
 * @param rules the rules that match, those of lower specificity first
 * @internal
 */
export function cascade(rules: readonly StyleRule[]): CascadedStyle {
  return { normal: layer(rules, false), important: layer(rules, true) };
}

function layer(rules: readonly StyleRule[], important: boolean): string {
  let layered: readonly StyleDeclaration[] = [];
  for (const rule of rules) {
    const own = rule.declarations.filter((declaration) => declaration.important === important);
    const properties = new Set(own.map((declaration) => declaration.property));
    // Order stays, so that a later shorthand overrides; several values within one rule are fallbacks and stay too.
    layered = [...layered.filter((earlier) => !properties.has(earlier.property)), ...own];
  }
  return escapeAttribute(layered.map(({ property, value }) => `${property}:${value}`).join(';'));
}

function escapeAttribute(css: string): string {
  return css
    .replace(/"([^"'\\]*)"/g, "'$1'")
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;');
}
