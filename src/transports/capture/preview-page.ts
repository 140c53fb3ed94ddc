import { CID_REFERENCE } from '../../core/mime/cid-reference.js';
import { headerText, parseMime, textOf, type MimePart } from '../../core/mime/mime-part.js';

/** The page runs no script and loads nothing but pictures; the mail's own document inherits this. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; font-src data:; form-action 'none'";

const SHOWN_HEADERS = ['From', 'To', 'Cc', 'Reply-To', 'Date', 'List-Unsubscribe'] as const;

/**
 * A page that shows a captured mail: its headers as text, its html in a sandboxed frame, or its text. Whatever the
 * mail holds, it cannot act in this page.
 *
 * @internal
 */
export function renderPreview(message: Buffer): string {
  const root = parseMime(message);
  const leaves = [...leavesOf(root)];
  const html = leaves.find((part) => part.type === 'text/html' && !isAttachment(part));
  const text = leaves.find((part) => part.type === 'text/plain' && !isAttachment(part));
  const subject = headerText(root, 'subject');
  const rows = SHOWN_HEADERS.map((name) => [name, headerText(root, name.toLowerCase())] as const)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(value)}</td></tr>`);
  const others = leaves.filter((part) => part !== html && part !== text);
  if (others.length > 0) {
    rows.push(`<tr><th>Parts</th><td>${escapeHtml(others.map((part) => part.type).join(', '))}</td></tr>`);
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(subject)}</title>
<style>
body { margin: 0; font: 14px/1.5 system-ui, sans-serif; display: flex; flex-direction: column; height: 100vh }
header { padding: 12px 16px; border-bottom: 1px solid #ddd } h1 { margin: 0 0 8px; font-size: 18px }
th { text-align: left; vertical-align: top; padding-right: 16px; color: #666; font-weight: normal }
td { overflow-wrap: anywhere } iframe { flex: 1; border: 0 } pre { margin: 16px; white-space: pre-wrap }
</style>
</head>
<body>
<header><h1>${escapeHtml(subject)}</h1><table>${rows.join('')}</table></header>
${html === undefined ? `<pre>${escapeHtml(text === undefined ? '' : textOf(text))}</pre>` : frame(html, leaves)}
</body>
</html>
`;
}

/** Links open in a tab of their own, as in a mail client; that is all the sandbox allows. */
function frame(html: MimePart, leaves: readonly MimePart[]): string {
  const pictures = new Map<string, MimePart>();
  for (const part of leaves) {
    const id = part.headers.get('content-id')?.replace(/^<(.*)>$/, '$1');
    if (id !== undefined && part.type.startsWith('image/')) pictures.set(id, part);
  }
  const body = textOf(html).replaceAll(CID_REFERENCE, (whole, id: string) => {
    const part = pictures.get(id);
    return part === undefined ? whole : `data:${part.type};base64,${part.content.toString('base64')}`;
  });
  const document = `<base target="_blank">${body}`;
  return `<iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="${escapeHtml(document)}"></iframe>`;
}

function* leavesOf(part: MimePart): Generator<MimePart> {
  if (part.parts.length === 0) yield part;
  for (const child of part.parts) yield* leavesOf(child);
}

function isAttachment(part: MimePart): boolean {
  return part.headers.get('content-disposition')?.trim().toLowerCase().startsWith('attachment') === true;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
