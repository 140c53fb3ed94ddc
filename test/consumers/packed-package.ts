import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The package as the registry would get it, from what was built. */
export class PackedPackage {
  private constructor(
    readonly dir: string,
    /** Path of the tarball. */
    readonly file: string,
    /** Paths in the tarball. */
    readonly files: readonly string[],
  ) {}

  static async pack(): Promise<PackedPackage> {
    const dir = await mkdtemp(join(tmpdir(), 'mail-relay-packed-'));
    // Without scripts: prepack would build once more, under the feet of tests that read the build.
    const command = ['npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', dir];
    const { stdout } = await run(command, { cwd: ROOT });
    const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
    return new PackedPackage(
      dir,
      join(dir, packed.filename),
      packed.files.map(({ path }) => path),
    );
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}
