import { describe, expect, it } from 'vitest';

import { MailRelayError } from '../../core/mail-relay-error.js';
import { MemoryTemplateLoader } from '../memory-template-loader.js';
import type { TemplateOptions } from '../template-options.js';
import { HandlebarsRenderer } from './handlebars-renderer.js';

type Files = Readonly<Record<string, string>>;

async function prepare(files: Files, options: Partial<TemplateOptions> = {}) {
  const notices: string[] = [];
  const loader = new MemoryTemplateLoader(files);
  const renderer = new HandlebarsRenderer(
    { dir: '', ...options },
    { loader, notice: (text) => notices.push(text) },
  );
  await renderer.prepare();
  const render = (context: object = {}, locale?: string) =>
    renderer.renderNow({ template: 'welcome', context, locale });
  return { render, notices };
}

async function bootError(files: Files, options: Partial<TemplateOptions> = {}): Promise<string> {
  const error: unknown = await prepare(files, options).catch((thrown: unknown) => thrown);
  expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_TEMPLATE')).toBe(true);
  return (error as Error).message;
}

function json(value: unknown): string {
  return JSON.stringify(value);
}

const MESSAGES = {
  'locales/en.json': json({
    hello: 'Hello {name}',
    cart: { items: { one: '{count} item', other: '{count} items', zero: 'nothing' } },
    only: 'English',
    terms_html: 'See <a href="{url}">the terms</a>, {name}',
  }),
  'locales/de.json': json({
    hello: 'Hallo {{ name }}',
    'cart.items': { one: '{count} Artikel', other: '{count} Artikel', zero: 'nichts' },
    terms_html: '<a href="{url}">Bedingungen</a> für {name}',
  }),
  'locales/de-AT.json': json({ hello: 'Servus {name}' }),
  'locales/ru.json': json({
    cart: {
      items: {
        one: '{count} товар',
        few: '{count} товара',
        many: '{count} товаров',
        other: '{count} товара',
      },
    },
  }),
};

describe('a message', () => {
  const files = {
    ...MESSAGES,
    'welcome.hbs':
      '---\nsubject: {{t "hello" name=user.name}}\n---\n<p>{{t "hello" name=user.name}}, {{t "only"}}</p>',
  };

  it.each([
    [undefined, 'Hello A&B', 'Hello A&amp;B'],
    ['en', 'Hello A&B', 'Hello A&amp;B'],
    ['de', 'Hallo A&B', 'Hallo A&amp;B'],
    ['de-AT', 'Servus A&B', 'Servus A&amp;B'],
    ['de-CH', 'Hallo A&B', 'Hallo A&amp;B'],
    ['fr', 'Hello A&B', 'Hello A&amp;B'],
    ['../../etc', 'Hello A&B', 'Hello A&amp;B'],
  ])(
    'for %s is in subject, html and text; what a locale lacks is in the default',
    async (locale, subject, html) => {
      const { render } = await prepare(files);
      expect(render({ user: { name: 'A&B' } }, locale)).toEqual({
        subject,
        html: `<p>${html}, English</p>`,
        text: `${subject}, English`,
      });
    },
  );

  it('says at boot what a language lacks', async () => {
    const { notices } = await prepare(files);
    expect(notices).toEqual([
      'locales/de.json does not have only: mails in this language show them in en.',
      'locales/ru.json does not have hello, only: mails in this language show them in en.',
    ]);
  });

  it.each([
    ['en', 1, '1 item'],
    ['en', 0, 'nothing'],
    ['en', 1200, '1,200 items'],
    ['de', 1200, '1.200 Artikel'],
    ['ru', 1, '1 товар'],
    ['ru', 3, '3 товара'],
    ['ru', 5, '5 товаров'],
    ['ru', 21, '21 товар'],
  ])('in %s has the plural form for %d', async (locale, count, text) => {
    const { render } = await prepare({ ...MESSAGES, 'welcome.hbs': '{{t "cart.items" count=n}}' });
    expect(render({ n: count }, locale).text).toBe(text);
  });

  it('with a key for html is html, its values are escaped, and its css is inlined', async () => {
    const { render, notices } = await prepare({
      ...MESSAGES,
      'welcome.hbs': '<style>a{top:0}</style><p>{{t "terms_html" url=url name=name}}</p>',
      'welcome.text.hbs': '{{t "terms_html" url=url name=name}}',
    });
    const content = render({ url: 'https://a.test/?a&b', name: '<b>' });
    expect(content.html).toContain(
      'See <a style="top:0" href="https://a.test/?a&amp;b">the terms</a>, &lt;b&gt;',
    );
    expect(content.text).toBe('See the terms [https://a.test/?a&b], <b>');
    expect(notices).toContainEqual(expect.stringContaining('css is inlined and text derived on each render'));
  });

  it('may be chosen by a value; that it does not exist is an error then', async () => {
    const { render } = await prepare({ ...MESSAGES, 'welcome.hbs': '{{t key}}' });
    expect(render({ key: 'only' }).html).toBe('English');
    expect(() => render({ key: 'ada@a.test' })).toThrow('the helper t threw TypeError at welcome.hbs:1:1.');
  });

  it('is taken one by one from several roots, the first before the others', async () => {
    const loader = {
      load: () =>
        Promise.resolve({
          roots: ['a', 'b'],
          files: [
            { name: 'locales/en.json', root: 'b', path: 'b', source: json({ x: 'bx', y: 'by' }) },
            { name: 'locales/en.json', root: 'a', path: 'a', source: json({ x: 'ax' }) },
            { name: 'welcome.hbs', root: 'a', path: 'w', source: '{{t "x"}}{{t "y"}}' },
          ],
        }),
    };
    const renderer = new HandlebarsRenderer({ dir: '' }, { loader, notice: () => {} });
    await renderer.prepare();
    expect(renderer.renderNow({ template: 'welcome', context: {} })).toMatchObject({ html: 'axby' });
  });

  it.each([
    [
      'a key that no locale has',
      { 'a.hbs': 'x\n{{t "helo"}}' },
      'a.hbs:2:1 asks for the message "helo", which locales/en.json does not have. Did you mean "hello"?',
    ],
    [
      'too little',
      { 'a.hbs': '{{t "hello"}}' },
      'gives the message "hello" of locales/en.json no name: write {{t "hello" name=…}}',
    ],
    ['no count', { 'a.hbs': '{{t "cart.items"}}' }, 'no count'],
    ['values unescaped', { 'a.hbs': '{{{t "only"}}}' }, 'calls t unescaped'],
    [
      'a file that is no locale',
      { 'a.hbs': '', 'locales/german.json': '{}' },
      'locales/german.json is not named after a locale',
    ],
    ['a file that is not JSON', { 'a.hbs': '', 'locales/fr.json': '{' }, 'locales/fr.json is not JSON'],
    ['a list', { 'a.hbs': '', 'locales/fr.json': '{"a":["b"]}' }, 'has a message "a" that is an array'],
    ['ICU syntax', { 'a.hbs': '', 'locales/fr.json': json({ a: '{n, plural, one {x}}' }) }, 'in ICU syntax'],
  ])('is refused at boot when it is asked for with %s', async (_, files, message) => {
    expect(await bootError({ ...MESSAGES, ...files })).toContain(message);
  });

  it('is missed at boot when there are none', async () => {
    expect(await bootError({ 'a.hbs': '{{t "x"}}' }, { defaultLocale: 'de' })).toContain(
      'add locales/de.json',
    );
  });

  it('is left to a helper of the application of the same name', async () => {
    const { render } = await prepare(
      { 'welcome.hbs': '{{t "x"}}{{{t "y"}}}' },
      { helpers: { t: (key: string) => `<${key}>` } },
    );
    expect(render().html).toBe('&lt;x&gt;<y>');
  });
});

describe('a value is written as the locale does', () => {
  it.each([
    ['{{number n}}', 'en', '1,234.5'],
    ['{{number n}}', 'de', '1.234,5'],
    ['{{number n minimumFractionDigits=2}}', 'de', '1.234,50'],
    ['{{number big}}', 'en', '12,345,678,901,234,567,890.12'],
    ['{{currency n "EUR"}}', 'en', '€1,234.50'],
    ['{{currency n currency="JPY"}}', 'en', '¥1,235'],
    ['{{date at}}', 'en', 'February 28, 2026'],
    ['{{date at}}', 'de', '28. Februar 2026'],
    ['{{date at timeZone="Asia/Tokyo"}}', 'en', 'March 1, 2026'],
    ['{{date iso dateStyle="short" timeStyle="short"}}', 'en-GB', '28/02/2026, 23:30'],
    ['{{date ms weekday="long"}}', 'de', 'Samstag'],
    ['{{plural n one="item" other="{count} items"}}', 'en', '1,234.5 items'],
    ['{{number none}}{{date none}}{{currency none "EUR"}}', 'en', ''],
  ])('%s in %s', async (source, locale, text) => {
    const at = new Date('2026-02-28T23:30:00Z');
    const context = {
      n: 1234.5,
      big: '12345678901234567890.12',
      at,
      iso: at.toISOString(),
      ms: at.getTime(),
      none: null,
    };
    const { render } = await prepare({
      'welcome.hbs': source,
      'welcome.de.hbs': source,
      'locales/de.json': '{}',
    });
    expect(render(context, locale).text.replaceAll('\u00a0', ' ')).toBe(text);
  });

  it('in the language of the words, not in one that the mail does not speak', async () => {
    const { render } = await prepare({
      'welcome.hbs': '{{number 1234.5}}|{{@locale}}',
      'other.hbs': '{{t "x"}}',
      'locales/en.json': json({ x: 'x' }),
      'locales/fr.json': json({ x: 'x' }),
    });
    expect(render({}, 'fr').text).toBe('1,234.5|en');
    expect(render({}, 'en-IN').text).toBe('1,234.5|en-IN');
  });

  it('and where it is none of its kind, that is an error with its place', async () => {
    for (const source of [
      '{{number x}}',
      '{{date x}}',
      '{{currency 1}}',
      '{{plural 1 one="x"}}',
      '{{number 1 style="x"}}',
    ]) {
      const { render } = await prepare({ 'welcome.hbs': source });
      expect(() => render({ x: 'ada' })).toThrow(
        /the helper \w+ threw (TypeError|RangeError) at welcome\.hbs:1:1\./,
      );
    }
  });

  it('and missing it is an error where unknown variables are', async () => {
    const { render } = await prepare({ 'welcome.hbs': '{{currency order.totl "EUR"}}' });
    expect(() => render({ order: { total: 1 } })).toThrow(
      'no totl of order.totl at welcome.hbs:1:12. Did you mean "total"?',
    );
  });

  it('while its name alone is a variable', async () => {
    const { render } = await prepare({
      'welcome.hbs': '{{date}} {{#number}}{{this}}{{/number}} {{{t}}} {{currency}}',
    });
    expect(render({ date: 'today', number: 7, t: '<i>', currency: 'EUR' }).html).toBe('today 7 <i> EUR');
  });
});

describe('a layout', () => {
  it('is in the language of the template', async () => {
    const { render } = await prepare(
      {
        'layouts/main.hbs': 'Dear {{{body}}}',
        'layouts/main.de.hbs': 'Liebe {{{body}}}',
        'welcome.hbs': 'Ada',
        'welcome.de.hbs': 'Ada!',
      },
      { layout: 'main' },
    );
    expect([render({}, 'de-AT').html, render({}, 'fr').html, render().html]).toEqual([
      'Liebe Ada!',
      'Dear Ada',
      'Dear Ada',
    ]);
  });
});
