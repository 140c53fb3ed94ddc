// How fast templates are rendered and compiled: `npm run bench:templates`. See docs/benchmarks.md.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Handlebars from 'handlebars';
import { createTemplateRenderer } from '../../dist/templates/create-template-renderer.js';
import { installPeers, requirePeer } from './peers.mjs';
import { bootFiles, context, inlinedTemplate, receiptFiles } from './rendering-files.mjs';

const ROUNDS = 5;
const ROUND_MS = 700;
const BOOT_TEMPLATES = 200;

setFlagsFromString('--expose-gc');
const collectGarbage = /** @type {() => void} */ (runInNewContext('gc'));

await installPeers();
const dir = await mkdtemp(join(tmpdir(), 'mail-relay-bench-'));
try {
  await writeFiles(dir, receiptFiles);
  await compareWithMailer(dir);
  await compareWithHandlebars();
  await boot();
} finally {
  await rm(dir, { recursive: true });
}

/** The same template, layout, ten partials and css. @param {string} dir */
async function compareWithMailer(dir) {
  const { HandlebarsAdapter } = requirePeer('@nestjs-modules/mailer/adapters/handlebars.adapter');
  const adapter = new HandlebarsAdapter();
  const options = {
    template: { dir, options: {} },
    options: { layout: 'layout', partials: { dir: join(dir, 'partials'), options: {} } },
  };
  const mailer = () =>
    new Promise((resolve, reject) => {
      const mail = { data: { template: 'receipt', context } };
      adapter.compile(
        mail,
        (/** @type {unknown} */ error) => (error ? reject(error) : resolve(mail.data)),
        options,
      );
    });
  const relay = await rendererOf({ dir, layout: 'layout' });
  const first = await mailer();
  check('the mailer', first.html);
  const own = await relay({ template: 'receipt', context });
  check('the relay', own.html);
  const [peer, htmlAndText, htmlOnly] = await measure([
    mailer,
    () => relay({ template: 'receipt', context }),
    () => relay({ template: 'receipt-html', context }),
  ]);
  console.log('Template with layout, 10 partials and css, renders/s');
  line('@nestjs-modules/mailer, html', peer);
  line('nestjs-mail-relay, html', htmlOnly, peer, 20);
  line('nestjs-mail-relay, html and text', htmlAndText, peer, 20);
}

/** A template whose css was inlined by hand. */
async function compareWithHandlebars() {
  const bare = Handlebars.create().compile(inlinedTemplate);
  const folder = await mkdtemp(join(tmpdir(), 'mail-relay-bench-'));
  await writeFiles(folder, { 'receipt.hbs': inlinedTemplate, 'receipt.text.hbs': '' });
  const relay = await rendererOf({ dir: folder });
  await rm(folder, { recursive: true });
  const [handlebars, ours] = await measure([
    () => bare(context),
    () => relay({ template: 'receipt', context }),
  ]);
  console.log('\nTemplate without css to inline, renders/s');
  line('handlebars', handlebars);
  line('nestjs-mail-relay, html', ours, handlebars, 0.7);
}

async function boot() {
  const folder = await mkdtemp(join(tmpdir(), 'mail-relay-bench-'));
  await writeFiles(folder, bootFiles(BOOT_TEMPLATES));
  collectGarbage();
  const heap = process.memoryUsage().heapUsed;
  const started = performance.now();
  const renderer = createTemplateRenderer({ dir: folder, layout: 'default' }, { notice: () => {} });
  await renderer.prepare();
  const ms = performance.now() - started;
  collectGarbage();
  const compiled = process.memoryUsage().heapUsed - heap;
  for (const template of renderer.names()) await renderer.render({ template, context });
  collectGarbage();
  const used = process.memoryUsage().heapUsed - heap;
  await rm(folder, { recursive: true });
  const each = (/** @type {number} */ bytes) => `${Math.round(bytes / BOOT_TEMPLATES / 1024)} KiB`;
  console.log(`\n${BOOT_TEMPLATES} templates with layout, 10 partials and css`);
  console.log(
    `  found, inspected and compiled at boot   ${Math.round(ms)} ms${ms < 2000 ? '' : '  MISSED: below 2000'}`,
  );
  console.log(
    `  heap of a compiled template             ${each(compiled)}, ${each(used)} when it has been rendered`,
  );
}

/** @param {import('nestjs-mail-relay').TemplateOptions} options */
async function rendererOf(options) {
  const renderer = createTemplateRenderer(options, { notice: () => {}, environment: 'production' });
  await renderer.prepare();
  return (/** @type {import('nestjs-mail-relay').RenderRequest} */ request) => renderer.render(request);
}

/**
 * The median of several rounds in turn, so that what slows the machine slows all.
 *
 * @param {readonly (() => unknown)[]} contenders
 */
async function measure(contenders) {
  const rates = contenders.map(() => /** @type {number[]} */ ([]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, render] of contenders.entries()) {
      const started = performance.now();
      let renders = 0;
      while (performance.now() - started < ROUND_MS) {
        for (let k = 0; k < 10; k++) await render();
        renders += 10;
      }
      // The first round warms up.
      if (round > 0) rates[i]?.push((renders * 1000) / (performance.now() - started));
    }
  }
  return rates.map((own) => own.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0);
}

/**
 * @param {string} label
 * @param {number} [rate]
 * @param {number} [peer]
 * @param {number} [atLeast]
 */
function line(label, rate = 0, peer, atLeast = 0) {
  const ratio = peer === undefined ? '' : `  ${(rate / peer).toFixed(2)}×`;
  const missed = peer !== undefined && rate / peer < atLeast ? `  MISSED: at least ${atLeast}×` : '';
  console.log(`  ${label.padEnd(36)} ${Math.round(rate).toString().padStart(8)}${ratio}${missed}`);
}

/**
 * @param {string} who
 * @param {string} [html]
 */
function check(who, html = '') {
  if (!/<a[^>]*style="[^"]*padding:\s*12px/.test(html) || !html.includes('Partial 9')) {
    throw new Error(`${who} rendered something else: ${html.slice(0, 500)}`);
  }
}

/**
 * @param {string} folder
 * @param {Readonly<Record<string, string>>} files
 */
async function writeFiles(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
