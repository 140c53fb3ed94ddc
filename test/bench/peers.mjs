import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const FOLDER = new URL('peers/', import.meta.url);
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/**
 * A package of the peers' own folder, the same instance for all who ask.
 *
 * @type {(name: string) => any} the peers bring types of their own making, and nothing here is type-checked
 */
export const requirePeer = createRequire(new URL('package.json', FOLDER));

/** The peers and their versions. @returns {Readonly<Record<string, string>>} */
export function peerVersions() {
  return JSON.parse(readFileSync(new URL('package.json', FOLDER), 'utf8')).dependencies;
}

/** Installs the peers when they are not there, or in other versions than asked for. */
export async function installPeers() {
  const missing = Object.entries(peerVersions()).filter(
    ([name, version]) => installedVersion(name) !== version,
  );
  if (missing.length === 0) return;
  console.log('Installing the peers into test/bench/peers, once, about 70 MB …');
  const started = performance.now();
  await promisify(execFile)(
    'npm',
    ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
    {
      cwd: fileURLToPath(FOLDER),
      timeout: INSTALL_TIMEOUT_MS,
      // npm is a script for the shell there.
      shell: process.platform === 'win32',
    },
  );
  console.log(`Installed in ${Math.round((performance.now() - started) / 1000)} s.\n`);
}

/** @param {string} name */
function installedVersion(name) {
  try {
    return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, FOLDER), 'utf8')).version;
  } catch {
    return undefined;
  }
}
