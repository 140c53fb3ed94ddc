import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, run, type CommandOptions, type CommandResult } from './command.js';

/** Packages that only the entry points of their features may need. */
export const OPTIONAL_PACKAGES = [
  'bull',
  '@nestjs/bull',
  'prom-client',
  '@opentelemetry/api',
  'ioredis',
  'kysely',
  'better-sqlite3',
  '@nestjs/terminus',
];

/** An application outside the repository, so that nothing resolves to what the repository has installed. */
export class Consumer {
  private constructor(readonly dir: string) {}

  /** @param fixture a folder beside this file, or the content of a package.json */
  static async create(fixture: string | object): Promise<Consumer> {
    const dir = await mkdtemp(join(await realpath(tmpdir()), 'mail-relay-consumer-'));
    if (typeof fixture === 'string') {
      await cp(fileURLToPath(new URL(fixture, import.meta.url)), dir, { recursive: true });
    } else {
      await writeFile(join(dir, 'package.json'), JSON.stringify(fixture));
    }
    return new Consumer(dir);
  }

  /** Installs what the application declares, and these packages. */
  async install(...packages: readonly string[]): Promise<void> {
    const quick = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    await run(['npm', 'install', ...quick, ...packages], { cwd: this.dir });
  }

  run(command: readonly string[], options: Omit<CommandOptions, 'cwd'> = {}): Promise<CommandResult> {
    return run(command, { cwd: this.dir, ...options });
  }

  /** Runs JavaScript as if it were a file of the application, and parses what it prints. */
  async evaluate(inputType: 'module' | 'commonjs', code: string): Promise<unknown> {
    const { stdout } = await this.run([process.execPath, `--input-type=${inputType}`, '--eval', code]);
    return JSON.parse(stdout);
  }

  /**
   * Type-checks with every declaration file included, ours and those of others.
   *
   * @returns the errors; not those inside other packages, which are not ours to mend
   */
  async typeErrors(...options: readonly string[]): Promise<readonly string[]> {
    const tsc = [process.execPath, 'node_modules/typescript/bin/tsc', '--noEmit', '--pretty', 'false'];
    const command = [...tsc, '--skipLibCheck', 'false', ...options];
    const { code, stdout, stderr } = await attempt(command, { cwd: this.dir });
    const errors = stdout.split('\n').filter((line) => line.includes('error TS'));
    if (code !== 0 && errors.length === 0)
      throw new Error(`The compiler ended with ${code}:\n${stdout}${stderr}`);
    return errors.filter((line) => !/^node_modules\/(?!nestjs-mail-relay\/)/.test(line));
  }

  write(file: string, content: string): Promise<void> {
    return writeFile(join(this.dir, file), content);
  }

  has(name: string): boolean {
    return existsSync(join(this.dir, 'node_modules', name));
  }

  /** What is installed: packages, nested ones included, and the sum of the sizes of all files. */
  async weigh(): Promise<{ readonly packages: number; readonly bytes: number }> {
    const entries = await readdir(join(this.dir, 'node_modules'), { recursive: true, withFileTypes: true });
    let packages = 0;
    let bytes = 0;
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) bytes += (await stat(path)).size;
      else if (/[/\\]node_modules[/\\](@[^/\\]+[/\\])?[^.@/\\][^/\\]*$/.test(path)) packages++;
    }
    return { packages, bytes };
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}
