import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';

const SRC = new URL('../../../src/', import.meta.url);
const CACHE = new URL('../../../node_modules/.cache/typescript-threads/', import.meta.url);

/** A thread begins with `./x.js` of our sources, which is `./x.ts`. */
export async function resolve(specifier, context, next) {
  if (specifier.startsWith(SRC.href) && specifier.endsWith('.js')) {
    return { url: specifier.replace(/\.js$/, '.ts'), format: 'module', shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.startsWith(SRC.href) || !url.endsWith('.ts')) return next(url, context);
  return { format: 'module', source: await bundled(fileURLToPath(url)), shortCircuit: true };
}

/** Everything the thread loads in one file, kept until a source changes: hooks make each file that is loaded slow. */
async function bundled(file) {
  const cached = new URL(
    `${createHash('sha256').update(file).update(stateOfSources()).digest('hex')}.mjs`,
    CACHE,
  );
  if (existsSync(cached)) return readFileSync(cached, 'utf8');
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({ input: file, platform: 'node', external: [/^node:/, 'better-sqlite3'] });
  const { output } = await bundle.generate({
    format: 'esm',
    codeSplitting: false,
    sourcemap: 'inline',
  });
  const { code } = output[0];
  mkdirSync(CACHE, { recursive: true });
  const own = new URL(`${cached.href}.${process.pid}.${performance.now()}`);
  writeFileSync(own, code);
  renameSync(own, cached);
  return code;
}

function stateOfSources() {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${name} ${statSync(new URL(name.replaceAll('\\', '/'), SRC)).mtimeMs}`)
    .join('\n');
}
