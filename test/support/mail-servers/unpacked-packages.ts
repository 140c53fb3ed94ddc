import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DOWNLOAD_MS = 300_000;

/**
 * Unpacks Debian packages, and those of what they need that this machine lacks, into a folder, and installs nothing:
 * for a server that cannot be installed beside another.
 *
 * @returns the folder that stands for `/`
 * @throws Error that says what could not be had
 */
export async function unpackPackages(packages: readonly string[], dir: string): Promise<string> {
  const [downloads, root] = [join(dir, 'packages'), join(dir, 'root')];
  await mkdir(downloads, { recursive: true });
  try {
    const names = await namesWithNeeds(packages).catch(async () => {
      await run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', 'update'], { timeout: DOWNLOAD_MS });
      return namesWithNeeds(packages);
    });
    await run('apt-get', ['download', ...names], { cwd: downloads, timeout: DOWNLOAD_MS });
    for (const file of await readdir(downloads)) await run('dpkg', ['-x', join(downloads, file), root]);
  } catch (cause) {
    throw new Error(
      `These tests need ${packages.join(' and ')}, and could not download them with apt-get (Debian, Ubuntu).`,
      { cause },
    );
  }
  return root;
}

/** What apt would fetch to install them, whatever it would have to remove for that. */
async function namesWithNeeds(packages: readonly string[]): Promise<readonly string[]> {
  const args = ['install', '--simulate', '--no-install-recommends', ...packages];
  const { stdout } = await run('apt-get', args, { timeout: DOWNLOAD_MS });
  const names = Array.from(stdout.matchAll(/^Inst (\S+)/gm), ([, name = '']) => name);
  return [...new Set([...names, ...packages])];
}
