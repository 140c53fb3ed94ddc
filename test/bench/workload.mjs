import { fileURLToPath } from 'node:url';

/** Where `receipt.hbs` lies, the one template that everybody renders. */
export const templateDir = fileURLToPath(new URL('templates', import.meta.url));

export const sender = 'Acme <hello@acme.test>';

const ITEMS = Array.from({ length: 6 }, (_, i) => ({
  name: `Notebook, ${40 + 20 * i} pages, dotted`,
  quantity: 1 + (i % 3),
  price: `€ ${4 + i}.90`,
}));

const TEXT = Array.from(
  { length: 12 },
  (_, i) =>
    `${i + 1}. Notebook, ${40 + 20 * i} pages, dotted: € ${4 + i}.90, in stock and on its way to you.`,
).join('\n');

const HTML_ROWS = Array.from(
  { length: 12 },
  (_, i) => `<tr>
  <td style="padding: 8px 0; border-bottom: 1px solid #e4e7eb;">Notebook, ${40 + 20 * i} pages, dotted</td>
  <td style="padding: 8px 0; border-bottom: 1px solid #e4e7eb; text-align: right;">€ ${4 + i}.90</td>
</tr>`,
).join('\n');

/**
 * Where mail number `i` goes.
 *
 * @param {number} i
 */
export function recipient(i) {
  return `user${i}@example.test`;
}

/**
 * A mail whose content is ready: about 3 KB of html and 1 KB of text, no two alike.
 *
 * @param {number} i
 */
export function readyMail(i) {
  return {
    to: recipient(i),
    subject: `Your order ${i}`,
    html: `<!doctype html>
<html><body style="font-family: Arial, sans-serif; color: #1f2933;">
<h1 style="font-size: 22px;">Thank you for order ${i}</h1>
<table style="width: 100%;">
${HTML_ROWS}
</table>
</body></html>`,
    text: `Thank you for order ${i}\n\n${TEXT}\n`,
  };
}

/**
 * A mail out of `receipt.hbs`.
 *
 * @param {number} i
 */
export function templateMail(i) {
  return {
    to: recipient(i),
    subject: `Your order ${i}`,
    template: 'receipt',
    context: {
      user: { name: `Ada & Co. ${i}` },
      order: { number: i, total: '€ 44.40', url: `https://acme.test/orders/${i}` },
      items: ITEMS,
    },
  };
}
