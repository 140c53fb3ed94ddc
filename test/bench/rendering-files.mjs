const STYLE = `
      body { margin: 0; padding: 24px; background: #f4f5f7; font-family: Arial, sans-serif; color: #1f2933; }
      .card { max-width: 560px; margin: 0 auto; padding: 32px; background: #ffffff; border-radius: 8px; }
      h1 { margin: 0 0 16px; font-size: 22px; }
      p { margin: 0 0 16px; line-height: 1.5; }
      table { width: 100%; border-collapse: collapse; }
      th { padding: 8px 0; text-align: left; font-size: 12px; color: #616e7c; }
      td { padding: 8px 0; border-bottom: 1px solid #e4e7eb; }
      .number { text-align: right; }
      .total td { border-bottom: 0; font-weight: bold; }
      .button { display: inline-block; padding: 12px 20px; background: #0b5fff; color: #ffffff; text-decoration: none; border-radius: 6px; }
      .muted { color: #888888; }
      .footer { margin-top: 32px; font-size: 12px; color: #616e7c; }`;

const LAYOUT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Your order</title><style>${STYLE}
</style></head>
<body><div class="card">
{{{body}}}
<p class="footer">Acme Ltd, 1 Example Street, Springfield</p>
</div></body></html>
`;

const PARTIALS = Object.fromEntries(
  Array.from({ length: 10 }, (_, i) => [
    `partials/part${i}.hbs`,
    `<table><tr><td><p class="muted">Partial ${i} for {{user.name}}</p></td><td class="number"><a class="button" href="{{order.url}}">Go ${i}</a></td></tr></table>\n`,
  ]),
);

/** @param {string | number} title */
function body(title) {
  return `<h1>Thank you, {{user.name}}! ${title}</h1>
<p>We have your order {{order.number}} and will tell you when it leaves our house.</p>
<table>
<tr><th>Item</th><th class="number">Quantity</th><th class="number">Price</th></tr>
{{#each items}}
<tr><td>{{name}}</td><td class="number">{{quantity}}</td><td class="number">{{price}}</td></tr>
{{/each}}
<tr class="total"><td>Total</td><td></td><td class="number">{{order.total}}</td></tr>
</table>
${Array.from({ length: 10 }, (_, i) => `{{> part${i}}}`).join('\n')}
`;
}

export const context = {
  user: { name: 'Ada & Bob' },
  order: { number: 'A-1001', total: '42.00', url: 'https://acme.test/orders/1001?a=1&b=2' },
  items: Array.from({ length: 5 }, (_, i) => ({ name: `Item <${i}>`, quantity: i + 1, price: `${i}.50` })),
};

/** One template for both: the mailer finds its layout beside it, the relay below \`layouts\`. */
export const receiptFiles = {
  ...PARTIALS,
  'layout.hbs': LAYOUT,
  'layouts/layout.hbs': LAYOUT,
  'receipt.hbs': body(''),
  'receipt-html.hbs': body(''),
  'receipt-html.text.hbs': '',
};

/** @param {number} count */
export function bootFiles(count) {
  const templates = Array.from({ length: count }, (_, i) => [
    [`mail${i}.hbs`, body(i)],
    [`mail${i}.subject.hbs`, `Mail ${i} for {{user.name}}\n`],
  ]).flat();
  return /** @type {Record<string, string>} */ ({
    ...PARTIALS,
    'layouts/default.hbs': LAYOUT,
    ...Object.fromEntries(templates),
  });
}

/** As somebody writes it who inlines by hand. */
export const inlinedTemplate = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Your order</title></head>
<body style="margin:0;padding:24px;background:#f4f5f7;font-family:Arial,sans-serif;color:#1f2933">
<div style="max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border-radius:8px">
<h1 style="margin:0 0 16px;font-size:22px">Thank you, {{user.name}}!</h1>
<p style="margin:0 0 16px;line-height:1.5">We have your order {{order.number}} and will tell you when it leaves our house.</p>
<table style="width:100%;border-collapse:collapse">
{{#each items}}
<tr><td style="padding:8px 0">{{name}}</td><td style="padding:8px 0;text-align:right">{{quantity}}</td><td style="padding:8px 0;text-align:right">{{price}}</td></tr>
{{/each}}
<tr><td style="padding:8px 0;font-weight:bold">Total</td><td></td><td style="padding:8px 0;text-align:right">{{order.total}}</td></tr>
</table>
{{#if order.url}}<p style="margin:0 0 16px"><a style="display:inline-block;padding:12px 20px;background:#0b5fff" href="{{order.url}}">See your order</a></p>{{/if}}
</div></body></html>
`;
