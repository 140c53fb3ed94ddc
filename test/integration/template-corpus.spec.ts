import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';

import { DirectoryTemplateLoader } from '../../src/templates/directory-template-loader.js';
import { HandlebarsRenderer } from '../../src/templates/handlebars/handlebars-renderer.js';
import { readFrontMatter } from '../../src/templates/front-matter.js';
import { launchChromium } from '../support/chromium.js';

/*
 * Mails as people write them, in a real browser: with their <style> elements removed they look as they did with them.
 */

const FOLDER = new URL('../corpus/templates', import.meta.url).pathname;
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.hbs'))
  .map((file) => file.slice(0, -'.hbs'.length));

function sampleOf(name: string): object {
  const source = readFileSync(`${FOLDER}/${name}.hbs`, 'utf8');
  const { sample } = readFrontMatter({ name, root: '', path: name, source }).matter;
  if (sample === undefined) throw new Error(`${name} has no sample`);
  return sample;
}

async function prepare(inlineCss: boolean) {
  const notices: string[] = [];
  const loader = new DirectoryTemplateLoader([FOLDER], { cwd: FOLDER });
  const renderer = new HandlebarsRenderer(
    { dir: FOLDER, inlineCss },
    { loader, environment: 'test', notice: (text) => notices.push(text) },
  );
  await renderer.prepare();
  const render = (name: string, locale?: string) =>
    renderer.renderNow({ template: name, context: sampleOf(name), locale });
  return { render, notices };
}

/** The computed style of every element of the body, one line each. */
async function computedStyles(page: Page, html: string): Promise<readonly string[]> {
  // Images too, though none comes: until it is known that they do not, they have another size.
  await page.setContent(html, { waitUntil: 'load' });
  // As text: the types of this project know no browser.
  return page.evaluate<readonly string[]>(`
    Array.from(document.querySelectorAll('body, body *:not(style)'), (element) => {
      const style = getComputedStyle(element);
      const own = Array.from(style, (name) => name + ':' + style.getPropertyValue(name)).filter((text) => !text.startsWith('--'));
      return element.tagName + ' ' + (element.className || element.id) + ' ' + own.join(';');
    })`);
}

function withoutStyleElements(html: string): string {
  return html.replace(/<style[\s\S]*?<\/style>/g, '');
}

describe('templates as people write them', () => {
  let browser: Browser;
  let page: Page;
  let inlined: Awaited<ReturnType<typeof prepare>>;
  let original: Awaited<ReturnType<typeof prepare>>;

  beforeAll(async () => {
    browser = await launchChromium();
    const context = await browser.newContext({ javaScriptEnabled: true, offline: true });
    page = await context.newPage();
    // Nothing is fetched, not even to find out that there is no network.
    await page.route('**/*', (route) => route.abort());
    [inlined, original] = await Promise.all([prepare(true), prepare(false)]);
  }, 600_000);

  afterAll(async () => {
    await browser.close();
  });

  it('are at least twenty, and nearly all are worked out at compile time', () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(20);
    const dynamic = inlined.notices
      .filter((notice) => notice.includes('css is inlined'))
      .map((notice) => notice.split(':')[0]);
    // Selectors that count siblings beside blocks, a partial with a context of its own, a mustache in a class.
    expect(new Set(dynamic)).toEqual(
      new Set(['event-invite.hbs', 'invoice.hbs', 'striped.hbs', 'two-columns.hbs']),
    );
  });

  it.each(NAMES)('%s looks the same without its style elements', async (name) => {
    const before = await computedStyles(page, original.render(name).html ?? '');
    const after = await computedStyles(page, withoutStyleElements(inlined.render(name).html ?? ''));
    expect(before.length).toBeGreaterThan(2);
    expect(after.map(differing(before))).toEqual(before.map(() => []));
  });

  it.each(NAMES)('%s keeps what only style elements can say', (name) => {
    const rules = (html = '') =>
      html.match(/@(?:media|font-face|keyframes|supports)|:hover|::before|<!--\[if[^\]]*\]>/g) ?? [];
    expect(rules(inlined.render(name).html)).toEqual(rules(original.render(name).html));
    expect(inlined.render(name).html?.replace(/ ?style="[^"]*"/g, '')).toBe(
      original.render(name).html?.replace(/ ?style="[^"]*"/g, ''),
    );
  });

  it.each(NAMES)('%s has a subject and a text without markup', (name) => {
    const { subject, text } = inlined.render(name);
    expect(subject).toMatch(/\S/);
    expect(text).toMatch(/\S/);
    expect(text).not.toMatch(/<\/?(?:td|p|a|div)\b|\{\{|&nbsp;|\[if/);
  });

  it('speak the language of the mail', () => {
    expect(inlined.render('localized', 'de-AT')).toMatchObject({
      subject: 'Hallo Ada',
      text: expect.stringContaining('3 Punkte') as string,
      html: expect.stringContaining('<html lang="de-AT">') as string,
    });
  });

  it('would be told apart, were a style lost', async () => {
    const html = inlined.render('receipt').html ?? '';
    const [before, after] = [
      await computedStyles(page, html),
      await computedStyles(page, withoutStyleElements(html).replace('text-align:right', '')),
    ];
    expect(after.flatMap(differing(before))).toEqual(['text-align:center']);
  });
});

/** What of an element's computed style is another one than before. */
function differing(before: readonly string[]): (line: string, i: number) => readonly string[] {
  return (line, i) => {
    const known = new Set(before[i]?.split(/[ ;]/));
    return line === before[i]
      ? []
      : line
          .split(';')
          .slice(1)
          .filter((text) => !known.has(text) && !(before[i] ?? '').includes(text));
  };
}
