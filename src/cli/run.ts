import { readFile } from 'node:fs/promises';
import { HELP, readCommandLine } from './command-line.js';
import type { CommandIo, ExitCode } from './command-io.js';
import { lintCommand } from './lint-command.js';
import { typesCommand } from './types-command.js';

/** Runs `nestjs-mail-relay` with these arguments. */
export async function run(args: readonly string[], io: CommandIo): Promise<ExitCode> {
  const line = readCommandLine(args);
  switch (line.command) {
    case 'types':
      return typesCommand(line.options, io);
    case 'lint':
      return lintCommand(line.options, io);
    case 'help':
      io.out(HELP);
      return 0;
    case 'version':
      io.out(await version());
      return 0;
    case 'unknown':
      io.err(`${line.reason}\n\n${HELP}`);
      return 2;
    default:
      return line satisfies never;
  }
}

async function version(): Promise<string> {
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return manifest.version;
}
