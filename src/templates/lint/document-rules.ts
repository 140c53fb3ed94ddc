import type { HtmlToken, StartTag } from '../html/scan-html.js';
import type { RawFinding } from './template-finding.js';

/** What of a whole mail is looked at besides its elements. */
export interface LintedMail {
  readonly subject?: string | undefined;
  readonly html?: string | undefined;
  readonly text?: string | undefined;
  /** Whether the front matter has one. */
  readonly hasPreheader?: boolean | undefined;
  /** Whether it is mail that its recipients can unsubscribe from. */
  readonly isMarketing?: boolean | undefined;
}

/** Where Gmail cuts. */
const CLIPPED_BYTES = 102 * 1024;
/** In several languages, as senders write it; a template in another one names its link's address so. */
const UNSUBSCRIBE =
  /unsubscri|opt-?out|abmeld|abbestell|désabonn|desabonn|desinscri|désinscri|cancelar|disiscri|afmeld|preferences/i;
const PREHEADER = /\b(?:preheader|pre-header|preview-?text|preview)\b/i;
const MUSTACHE = /\{\{|\}\}/;

/** What is wrong with a mail as a whole. */
export function lintDocument(mail: LintedMail, tokens: readonly HtmlToken[]): readonly RawFinding[] {
  const findings: RawFinding[] = [];
  const { subject, html = '', text } = mail;
  if (subject === undefined || subject.trim() === '') {
    findings.push({ rule: 'missing-subject', message: 'The template has no subject' });
  }
  if (text === undefined || text.trim() === '') {
    findings.push({ rule: 'missing-text', message: 'The mail has no text part' });
  }
  if (html === '') return findings;
  if (Buffer.byteLength(html) > CLIPPED_BYTES) {
    const size = Math.ceil(Buffer.byteLength(html) / 1024);
    findings.push({ rule: 'clipped-html', message: `The html has ${size} KB` });
  }
  findings.push(...lintHead(html, tokens));
  if (!mail.hasPreheader && !hasHiddenText(tokens)) {
    findings.push({ rule: 'missing-preheader', message: 'The mail has no preheader' });
  }
  if (mail.isMarketing && !hasUnsubscribeLink(html, tokens)) {
    findings.push({ rule: 'missing-unsubscribe', message: 'A marketing mail has no link to unsubscribe' });
  }
  return findings;
}

/** Html without comments and without what is between the tags of styles and scripts, where braces are at home. */
export function readableOf(html: string, tokens: readonly HtmlToken[]): string {
  return tokens
    .filter((token) => {
      if (token.kind === 'raw') return token.name !== 'style' && token.name !== 'script';
      return token.kind !== 'comment';
    })
    .map(({ start, end }) => html.slice(start, end))
    .join('');
}

/** Mustaches that were not understood as such: they would be read by the recipient. */
export function lintLeftovers(text: string): readonly RawFinding[] {
  const offset = text.search(MUSTACHE);
  return offset === -1
    ? []
    : [{ rule: 'leftover-mustache', message: 'Braces of a mustache are left in what is sent', offset }];
}

function lintHead(html: string, tokens: readonly HtmlToken[]): readonly RawFinding[] {
  const findings: RawFinding[] = [];
  const root = tokens.find((token): token is StartTag => token.kind === 'start' && token.name === 'html');
  if (!root?.attributes.some(({ name, value }) => name === 'lang' && value !== '')) {
    findings.push({
      rule: 'missing-lang',
      message: 'The html does not say its language',
      offset: root?.start,
    });
  }
  const title = tokens.find((token) => token.kind === 'raw' && token.name === 'title');
  if (!title || html.slice(title.start, title.end).trim() === '') {
    findings.push({ rule: 'missing-title', message: 'The html has no title' });
  }
  return findings;
}

/** An element for inboxes alone stands at the top, hidden, or says what it is. */
function hasHiddenText(tokens: readonly HtmlToken[]): boolean {
  return tokens.some(
    (token) =>
      token.kind === 'start' &&
      token.attributes.some(
        ({ name, value }) =>
          ((name === 'class' || name === 'id') && PREHEADER.test(value)) ||
          (name === 'style' && /display\s*:\s*none|mso-hide\s*:\s*all/i.test(value)),
      ),
  );
}

function hasUnsubscribeLink(html: string, tokens: readonly HtmlToken[]): boolean {
  return tokens.some((token, i) => {
    if (token.kind !== 'start' || token.name !== 'a') return false;
    if (token.attributes.some(({ name, value }) => name === 'href' && UNSUBSCRIBE.test(value))) return true;
    const end = tokens.findIndex((one, j) => j > i && one.kind === 'end' && one.name === 'a');
    return UNSUBSCRIBE.test(html.slice(token.end, tokens[end]?.start ?? html.length));
  });
}
