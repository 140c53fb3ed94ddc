import type { TemplateDescription, TemplatePreview } from 'nestjs-mail-relay';

const STYLE = `
  body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: #222; background: #f2f2f0 }
  main { max-width: 1100px; margin: 0 auto; padding: 24px }
  a { color: #7a2e1d } h1 { font-size: 22px } ul.cards { list-style: none; padding: 0; display: grid; gap: 12px; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)) }
  .cards li, section { background: #fff; border-radius: 8px; padding: 16px; margin-bottom: 16px }
  .frames { display: flex; gap: 16px; align-items: flex-start; overflow-x: auto }
  iframe { border: 1px solid #ddd; border-radius: 8px; height: 620px; background: #fff; flex: none }
  pre { white-space: pre-wrap } .error { color: #a40000 } .warning { color: #8a5a00 } .notice { color: #555 }
`;

/** All templates at a glance. */
export function galleryPage(templates: readonly TemplateDescription[]): string {
  const cards = templates.map(
    ({ name, locales, isOwnSample }) =>
      `<li><a href="/mail-templates/${encodeURIComponent(name)}"><strong>${text(name)}</strong></a><br>` +
      `${locales.map(languageOf).join(', ')}${isOwnSample ? '' : '<br>no sample'}</li>`,
  );
  return page('Mail templates', `<h1>Mail templates</h1><ul class="cards">${cards.join('')}</ul>`);
}

/** One template, wide and narrow, with all that is known of it. */
export function templatePage(
  name: string,
  locale: string | undefined,
  locales: readonly string[],
  { subject = '', text: plain, sizeBytes, findings }: TemplatePreview,
): string {
  const base = `/mail-templates/${encodeURIComponent(name)}`;
  const query = locale ? `?locale=${encodeURIComponent(locale)}` : '';
  const languages = locales.map(
    (one) => `<a href="${base}?locale=${encodeURIComponent(one)}">${languageOf(one)}</a>`,
  );
  const frame = (width: number) =>
    `<iframe sandbox title="${width} pixels wide" width="${width}" src="${base}/html${query}"></iframe>`;
  const told = findings.map(
    ({ severity, rule, message, remedy, line }) =>
      `<li class="${severity}"><strong>${rule}</strong>${line === undefined ? '' : `, line ${line}`}: ${text(message)}. ${text(remedy)}</li>`,
  );
  return page(
    name,
    `<p><a href="/mail-templates">All templates</a> · ${languages.join(' · ')}</p>
    <h1>${text(subject)}</h1>
    <div class="frames">${frame(640)}${frame(360)}</div>
    <section><h2>Findings</h2>${told.length === 0 ? '<p>None.</p>' : `<ul>${told.join('')}</ul>`}
      <p>${(sizeBytes / 1024).toFixed(1)} KB</p></section>
    <section><h2>Text</h2><pre>${text(plain)}</pre></section>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${text(title)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`;
}

function languageOf(locale: string): string {
  return locale === '' ? 'default' : text(locale);
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
