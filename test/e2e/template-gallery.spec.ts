import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TemplateCatalog } from 'nestjs-mail-relay';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../../sample/04-templates/src/app.module.js';

let app: INestApplication;
let base: string;
beforeAll(async () => {
  app = await NestFactory.create(AppModule, { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  base = `${await app.getUrl()}/mail-templates`;
});
afterAll(() => app.close());

const page = async (path = ''): Promise<string> => (await fetch(base + path)).text();

describe('the gallery of templates', () => {
  it('lists every template in its languages', async () => {
    const list = await page();
    expect(list).toContain('order-receipt');
    expect(list).toContain('sign-in-code');
    expect(app.get(TemplateCatalog).list()[0]?.locales).toEqual(['', 'de', 'en']);
  });

  it('shows a template in a language, with subject, text and frames', async () => {
    const german = await page('/order-receipt?locale=de');
    expect(german).toContain('<h1>Ihre Bestellung 2041</h1>');
    expect(german).toContain('Danke, Ada!');
    expect(german).toContain('src="/mail-templates/order-receipt/html?locale=de"');
    expect(await page('/order-receipt?locale=en')).toContain('<h1>Your order 2041</h1>');
  });

  it('serves the mail so that nothing in it can run', async () => {
    const response = await fetch(`${base}/order-receipt/html?locale=de`);
    expect(response.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
    const html = await response.text();
    expect(html).toMatch(/<td style="[^"]*text-align:right" class="amount"/);
    expect(html).toContain('src="data:image/svg+xml;base64,');
    expect(html).toContain('39,90');
  });

  it('does not know a template that does not exist', async () => {
    expect((await fetch(`${base}/nothing`)).status).toBe(404);
  });

  it('has no template with an error', async () => {
    const findings = await app.get(TemplateCatalog).lint();
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
