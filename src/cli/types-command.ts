import { existsSync, watch } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { readTemplateShapes } from '../templates/handlebars/template-shapes.js';
import { DirectoryTemplateLoader } from '../templates/directory-template-loader.js';
import { templateDirectories } from '../templates/template-directories.js';
import { writeTemplateTypes } from '../templates/context-types/template-types.js';
import type { CommandIo, ExitCode } from './command-io.js';
import type { TypesOptions } from './command-line.js';

/** Editors write a file in several steps. */
const SETTLE_MS = 50;

/** `nestjs-mail-relay types`. */
export async function typesCommand(options: TypesOptions, io: CommandIo): Promise<ExitCode> {
  const code = await writeOnce(options, io);
  if (!options.watch) return code;
  const places = options.dirs.flatMap((dir) => templateDirectories(dir, { cwd: io.cwd })).filter(existsSync);
  // What is not there was told, and cannot be watched.
  if (places.length === 0) return code;
  await watchTemplates(options, places, io);
  return 0;
}

async function writeOnce(
  { dirs, layout, helpers, out, check }: TypesOptions,
  io: CommandIo,
): Promise<ExitCode> {
  const file = resolve(io.cwd, out);
  let types: string;
  let count: number;
  try {
    const sources = await new DirectoryTemplateLoader(dirs, { cwd: io.cwd }).load();
    const templates = readTemplateShapes(sources, { layout, helpers });
    count = templates.length;
    types = writeTemplateTypes(templates, dirs.join(', '));
  } catch (error) {
    io.err(error instanceof Error ? error.message : String(error));
    return 1;
  }
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === types) {
    io.out(`${out} is up to date. Templates: ${count}.`);
    return 0;
  }
  if (check) {
    io.err(`${out} is not up to date. Run: nestjs-mail-relay types`);
    return 1;
  }
  await mkdir(dirname(file), { recursive: true });
  // An unchanged file is not written, so that a compiler that watches has nothing to do.
  await writeFile(file, types);
  io.out(`${out} was written. Templates: ${count}.`);
  return 0;
}

async function watchTemplates(
  options: TypesOptions,
  places: readonly string[],
  io: CommandIo,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve<unknown>(undefined);
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      writing = writing.then(() => writeOnce(options, io));
    }, SETTLE_MS);
  };
  const watchers = places.map((place) => watch(place, { recursive: true }, later));
  for (const watcher of watchers) watcher.on('error', (error) => io.err(error.message));
  io.out(`Watching ${options.dirs.join(', ')}.`);
  await new Promise<void>((done) => {
    if (io.signal.aborted) done();
    else io.signal.addEventListener('abort', () => done(), { once: true });
  });
  for (const watcher of watchers) watcher.close();
  clearTimeout(timer);
  await writing;
}
