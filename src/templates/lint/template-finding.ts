/**
 * What the lint of templates looks for: each rule with how grave it is and what to do.
 *
 * @publicApi
 */
export const TEMPLATE_RULES = {
  'leftover-mustache': {
    severity: 'error',
    remedy: 'Close the mustache, or write \\{{ where the braces are meant.',
  },
  'missing-subject': {
    severity: 'notice',
    remedy:
      'Add a subject to the front matter or a .subject.hbs beside the template, or give one with each draft.',
  },
  'missing-text': {
    severity: 'error',
    remedy: 'Give the html some text of its own, or add a .text.hbs beside the template.',
  },
  'missing-lang': {
    severity: 'warning',
    remedy: 'Write <html lang="en"> (or {{locale}}), so that screen readers speak the right language.',
  },
  'missing-title': { severity: 'warning', remedy: 'Write a <title> in the <head>; some clients show it.' },
  'missing-alt': {
    severity: 'warning',
    remedy: 'Say what the image shows, alt="…"; alt="" for an image that is only decoration.',
  },
  'missing-preheader': {
    severity: 'notice',
    remedy: 'Add a preheader to the front matter: inboxes show it beside the subject.',
  },
  'missing-unsubscribe': {
    severity: 'error',
    remedy: 'Link the address where a recipient of marketing mail can unsubscribe.',
  },
  'missing-cid': {
    severity: 'error',
    remedy: 'Put the file into the folder assets of the templates, or attach it with this cid.',
  },
  'relative-link': { severity: 'error', remedy: 'Begin it with https://: a mail has no address of its own.' },
  'relative-image': {
    severity: 'error',
    remedy: 'Begin it with https:// or cid:, a mail has no address of its own.',
  },
  'insecure-image': { severity: 'warning', remedy: 'Use https://: many clients block or proxy http images.' },
  'data-image': {
    severity: 'warning',
    remedy: 'Use cid: or https://: Gmail and Outlook do not show data: images.',
  },
  'script-link': {
    severity: 'error',
    remedy: 'Use an https:// address: no client runs scripts, and filters reject them.',
  },
  'clipped-html': {
    severity: 'error',
    remedy: 'Make it shorter: Gmail cuts at 102 KB, the unsubscribe link with it.',
  },
  'low-contrast': {
    severity: 'warning',
    remedy: 'Use colours at least 4.5 to 1 apart, 3 to 1 for large text.',
  },
} as const;

/** One of {@link TEMPLATE_RULES}. @publicApi */
export type TemplateRule = keyof typeof TEMPLATE_RULES;

/** How grave a finding is. @publicApi */
export type FindingSeverity = 'error' | 'warning' | 'notice';

/**
 * Something that is likely to go wrong with a template in some inbox.
 *
 * @publicApi
 */
export interface TemplateFinding {
  readonly rule: TemplateRule;
  readonly severity: FindingSeverity;
  /** What is the case. */
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
  /** The file, or the template's name where it has none. */
  readonly path: string;
  /** From 1; absent where the template as a whole is meant. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** A finding at an offset of what was looked at; the caller knows which file that is. */
export interface RawFinding {
  readonly rule: TemplateRule;
  readonly message: string;
  readonly offset?: number | undefined;
}

/** A finding for people: with its place, and what to do. */
export function placedFinding(
  { rule, message, offset }: RawFinding,
  path: string,
  source?: string,
): TemplateFinding {
  const { severity, remedy } = TEMPLATE_RULES[rule];
  const finding = { rule, severity, message, remedy, path };
  if (offset === undefined || source === undefined) return finding;
  const before = source.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { ...finding, line: before.split('\n').length, column: offset - lineStart + 1 };
}

/** One line for a log. */
export function describeFinding({ path, line, column, rule, message, remedy }: TemplateFinding): string {
  const place = line === undefined ? path : `${path}:${line}:${column}`;
  return `${place}: ${message} (${rule}). ${remedy}`;
}
