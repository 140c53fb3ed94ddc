import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TRIES = 5;
const WAIT_MS = 300_000;
/** Where Debian keeps servers, which is not always in the path of a user. */
const SERVER_DIRS = ['/usr/sbin', '/usr/local/sbin'];

/**
 * The path of a program that tests need; installed with apt where it is missing and may be installed.
 *
 * @param instead what to do where neither is possible, as the end of an error message
 * @throws Error that says what is missing and what to do: a test run never goes on without it
 */
export async function findOrInstall(program: string, debianPackage: string, instead = ''): Promise<string> {
  const found = await findProgram(program);
  if (found !== undefined) return found;
  try {
    await install(debianPackage);
  } catch (cause) {
    throw new Error(advice(program, debianPackage, instead), { cause });
  }
  const installed = await findProgram(program);
  if (installed === undefined) throw new Error(advice(program, debianPackage, instead));
  return installed;
}

/**
 * Installs a package with apt, for what is no program: a plug-in, say.
 *
 * @throws Error that says what to do where that is not possible
 */
export async function installPackage(debianPackage: string): Promise<void> {
  try {
    await install(debianPackage);
  } catch (cause) {
    throw new Error(advice(debianPackage, debianPackage, ''), { cause });
  }
}

async function findProgram(program: string): Promise<string | undefined> {
  for (const dir of [...(process.env['PATH'] ?? '').split(delimiter), ...SERVER_DIRS]) {
    const path = join(dir, program);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}

/**
 * Debian starts a server that was just installed, on its standard port, unless this file forbids it (its policy is
 * asked with 101 as the answer for *no*). Taken away again, so that the machine is left as it was.
 */
const INSTALL = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get -o DPkg::Lock::Timeout=300 -y --no-install-recommends install "$1"
`;

async function install(debianPackage: string): Promise<void> {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  // Two spec files may install at the same time: apt waits for one of its two locks only, and policies would cross.
  const alone = ['flock', join(tmpdir(), 'apt-of-test-runs.lock')];
  const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  for (let left = TRIES; ; left--) {
    try {
      await command([...asRoot, ...alone, ...quiet, 'sh', '-c', INSTALL, 'sh', debianPackage]);
      return;
    } catch (error) {
      if (left === 0) throw error;
      await pause(1000);
      await command([...asRoot, 'apt-get', '-o', 'DPkg::Lock::Timeout=300', 'update']).catch(() => undefined);
    }
  }
}

async function command([program = '', ...args]: readonly string[]): Promise<void> {
  await run(program, args, { timeout: WAIT_MS });
}

function advice(program: string, debianPackage: string, instead: string): string {
  return (
    `These tests need ${program}, which is not installed and could not be installed with apt. ` +
    `Install it (Debian, Ubuntu: apt-get install ${debianPackage})${instead && `, or ${instead}`}.`
  );
}
