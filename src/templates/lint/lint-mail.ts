import { scanHtml } from '../html/scan-html.js';
import { lintContrast } from './contrast-rule.js';
import { lintDocument, lintLeftovers, readableOf, type LintedMail } from './document-rules.js';
import { lintElement, type KnownCids } from './element-rules.js';
import { maskMustaches } from './mask-mustaches.js';
import { placedFinding, type RawFinding, type TemplateFinding } from './template-finding.js';

/** What the lint is told about a mail besides its content. */
export interface LintFacts {
  /** For the findings: the template's file or name. */
  readonly path: string;
  /** The content ids there are files for; undefined: not known. */
  readonly cids?: KnownCids;
}

/**
 * Looks at the source of one file: what is wrong with an element stands there, with its line. Layouts, templates and
 * partials are looked at alike.
 */
export function lintSource(source: string, { path, cids }: LintFacts): readonly TemplateFinding[] {
  const html = maskMustaches(source);
  return scanHtml(html)
    .flatMap((token) => (token.kind === 'start' ? lintElement(token, cids) : []))
    .map((finding) => placedFinding(finding, path, source));
}

/** Looks at a whole mail as it is sent, rendered from a sample or from the draft of a preview. */
export function lintMail(
  mail: LintedMail,
  { path, cids }: LintFacts,
  withElements = true,
): readonly TemplateFinding[] {
  const { html = '', text = '', subject = '' } = mail;
  const tokens = scanHtml(html);
  const elements: readonly RawFinding[] = withElements
    ? tokens.flatMap((token) => (token.kind === 'start' ? lintElement(token, cids) : []))
    : [];
  return [
    ...[subject, readableOf(html, tokens), text].flatMap(lintLeftovers).slice(0, 1),
    ...lintDocument(mail, tokens),
    ...elements,
    ...lintContrast(html, tokens),
  ].map((finding) => placedFinding({ ...finding, offset: undefined }, path));
}
