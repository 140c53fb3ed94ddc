import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';

import { MailRelayError } from '../core/mail-relay-error.js';
import { isCompanion, isTemplateFile } from './organize-templates.js';
import { filesBelow } from './files-below.js';
import { templateDirectories, type ApplicationRoots } from './template-directories.js';
import { TemplateLoader, type TemplateFile, type TemplateSources } from './template-loader.js';
import { templateError, type TemplateProblem } from './template-problem.js';

const ENDING = '.hbs';
const MAX_FILES = 10_000;
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * Reads `.hbs` files from directories, once. Hidden files and `node_modules` are passed over; a symbolic link may
 * not lead out of its directory.
 *
 * @internal
 */
export class DirectoryTemplateLoader extends TemplateLoader {
  readonly #dirs: readonly string[];
  readonly #roots: ApplicationRoots;
  readonly #endings: readonly string[];

  /** @param endings of the files of other engines, without the dot */
  constructor(dirs: readonly string[], roots: ApplicationRoots, endings: readonly string[] = []) {
    super();
    this.#endings = endings;
    this.#dirs = dirs;
    this.#roots = roots;
  }

  override async load(): Promise<TemplateSources> {
    if (this.#dirs.length === 0) {
      throw new MailRelayError(
        'ERR_MAIL_RELAY_TEMPLATE',
        'templates.dir is an empty list: name at least one directory.',
        {
          field: 'templates.dir',
        },
      );
    }
    const roots: string[] = [];
    const files: TemplateFile[] = [];
    for (const dir of this.#dirs) {
      const { root, names } = await this.#find(dir);
      if (roots.includes(root)) continue;
      roots.push(root);
      files.push(...(await this.#read(root, names)));
    }
    return { roots, files };
  }

  /** Names, sizes and times of all files. */
  override async version(): Promise<string> {
    const lines: string[] = [];
    for (const dir of this.#dirs) {
      const { root, names } = await this.#find(dir);
      for (const name of names) {
        const { size, mtimeMs, ctimeMs, ino } = await stat(join(root, name));
        lines.push([root, name, size, mtimeMs, ctimeMs, ino].join(' '));
      }
    }
    return lines.join('\n');
  }

  async #find(dir: string): Promise<{ root: string; names: readonly string[] }> {
    const tried: string[] = [];
    for (const root of templateDirectories(dir, this.#roots)) {
      const names = await this.#list(root);
      if (names?.some((name) => !isCompanion(name)) === true) return { root, names };
      tried.push(`  ${root} (${names === undefined ? 'is no directory' : `holds no ${ENDING} file`})`);
    }
    throw new MailRelayError(
      'ERR_MAIL_RELAY_TEMPLATE',
      `No templates were found for templates.dir ${JSON.stringify(dir)}. Looked in:\n${tried.join('\n')}\n` +
        (await this.#buildHint(dir)),
      { field: 'templates.dir' },
    );
  }

  /** Most often the templates are beside the source and were not copied by the build. */
  async #buildHint(dir: string): Promise<string> {
    const cli = join(this.#roots.cwd, 'nest-cli.json');
    const glob = isAbsolute(dir) ? `**/*${ENDING}` : `${dir.replace(/^\.?\/|\/$/g, '')}/**/*`;
    const line = `"assets": [${JSON.stringify(glob)}], "watchAssets": true`;
    const text = await readFile(cli, 'utf8').catch(() => undefined);
    if (text === undefined) {
      return `The Nest CLI copies templates below src into dist when nest-cli.json says "compilerOptions": { ${line} }; elsewhere give an absolute path.`;
    }
    return text.includes('"assets"')
      ? `Do the "assets" of ${cli} copy them into dist? They should hold ${JSON.stringify(glob)}.`
      : `${cli} copies no templates into dist: add to its "compilerOptions" ${line}`;
  }

  /** The names of all template files below `root`; undefined when there is no such directory. */
  async #list(root: string): Promise<readonly string[] | undefined> {
    const found = await filesBelow(root);
    if (found === undefined) return undefined;
    const names = found.names.filter((name) => this.#isTemplate(name));
    const problems = found.strays.map((path): TemplateProblem => ({
      path: this.#display(path),
      message: 'is a link that leads out of its directory or nowhere',
    }));
    if (names.length > MAX_FILES) {
      problems.push({
        path: this.#display(root),
        message: `holds more than ${MAX_FILES} templates: narrow templates.dir`,
      });
    }
    if (problems.length > 0) throw templateError(problems);
    return names;
  }

  async #read(root: string, names: readonly string[]): Promise<readonly TemplateFile[]> {
    const files: TemplateFile[] = [];
    const problems: TemplateProblem[] = [];
    for (const name of names) {
      const path = this.#display(join(root, name));
      const bytes = await readFile(join(root, name));
      const source = bytes.length > MAX_FILE_BYTES ? undefined : decode(bytes);
      if (source !== undefined) files.push({ name, root, path, source });
      else
        problems.push({
          path,
          message: `is larger than ${MAX_FILE_BYTES / 1024} KiB or not UTF-8: no template is`,
        });
    }
    if (problems.length > 0) throw templateError(problems);
    return files;
  }

  #isTemplate(name: string): boolean {
    return isTemplateFile(name) || this.#endings.some((ending) => name.endsWith(`.${ending}`));
  }

  #display(path: string): string {
    const fromCwd = relative(this.#roots.cwd, path);
    return (fromCwd.startsWith('..') ? path : fromCwd).split(sep).join('/');
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}
