import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { TemplateCatalog } from 'nestjs-mail-relay';
import { AppModule } from './app.module.js';

const once = process.argv.includes('--once');
const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
app.enableShutdownHooks();
await app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
const gallery = `${await app.getUrl()}/mail-templates`;

if (once) {
  const catalog = app.get(TemplateCatalog);
  const errors = (await catalog.lint()).filter(({ severity }) => severity === 'error');
  const pages = catalog
    .list()
    .flatMap(({ name, locales }) => locales.map((locale) => `${name}?locale=${locale}`));
  const shown = await Promise.all(pages.map(async (page) => (await fetch(`${gallery}/${page}`)).ok));
  console.log(
    `${pages.length} pages, ${shown.filter(Boolean).length} of them shown, ${errors.length} errors.`,
  );
  await app.close();
  process.exitCode = errors.length === 0 && shown.every(Boolean) ? 0 : 1;
} else {
  console.log(`The gallery is at ${gallery}; Ctrl-C ends it.`);
}
