import { parseArgs } from 'node:util';

/** What was asked for. */
export type CommandLine =
  | { readonly command: 'types'; readonly options: TypesOptions }
  | { readonly command: 'lint'; readonly options: TemplatesOptions }
  | { readonly command: 'help' | 'version' }
  | { readonly command: 'unknown'; readonly reason: string };

/** Where the templates are, and what the application's options say about them. */
export interface TemplatesOptions {
  readonly dirs: readonly string[];
  readonly layout?: string | undefined;
  readonly helpers: readonly string[];
}

export interface TypesOptions extends TemplatesOptions {
  readonly out: string;
  /** Write nothing; fail when the file is not as it should be. */
  readonly check: boolean;
  readonly watch: boolean;
}

const DEFAULT_DIR = 'templates';
const DEFAULT_OUT = 'src/mail-templates.d.ts';

const OPTIONS = {
  out: { type: 'string', short: 'o' },
  layout: { type: 'string' },
  helper: { type: 'string', multiple: true },
  check: { type: 'boolean' },
  watch: { type: 'boolean', short: 'w' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

export const HELP = `nestjs-mail-relay <command> [directory …] [options]

  types   writes a .d.ts with the context of every template, so that TypeScript
          checks the template and context of each draft
            -o, --out <file>   default ${DEFAULT_OUT}
            -w, --watch        writes again whenever a template changes
                --check        writes nothing; fails when the file is not up to date
  lint    tells what is likely to go wrong with the templates in some inbox;
          fails when there is an error

      --layout <name>    the option templates.layout of the application
      --helper <name>    a helper of the application; once for each
  -h, --help
  -v, --version

The directory is ${DEFAULT_DIR} when none is given. Of several the first that
holds a template wins, as in the option templates.dir.`;

/** Reads the command line; what is wrong with it is a value. */
export function readCommandLine(args: readonly string[]): CommandLine {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return { command: 'unknown', reason: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = parsed;
  if (values.version) return { command: 'version' };
  const [command, ...dirs] = positionals;
  if (values.help || command === undefined || command === 'help') return { command: 'help' };
  const templates: TemplatesOptions = {
    dirs: dirs.length > 0 ? dirs : [DEFAULT_DIR],
    layout: values.layout,
    helpers: values.helper ?? [],
  };
  switch (command) {
    case 'types': {
      const { out = DEFAULT_OUT, check = false, watch = false } = values;
      if (check && watch) return { command: 'unknown', reason: '--check and --watch do not go together.' };
      return { command, options: { ...templates, out, check, watch } };
    }
    case 'lint':
      return { command, options: templates };
    default:
      return { command: 'unknown', reason: `There is no command ${JSON.stringify(command)}.` };
  }
}
