import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** What a folder holds. @internal */
export interface FilesBelow {
  /** Paths below the folder, with `/`, sorted folder by folder. */
  readonly names: readonly string[];
  /** Links that lead out of the directory or nowhere; they were not followed. */
  readonly strays: readonly string[];
}

/**
 * Goes through a folder and what is below it. Hidden files and `node_modules` are passed over; a symbolic link is
 * followed where it does not lead out.
 *
 * @param within what links may not lead out of; the folder itself by default
 * @returns undefined when there is no such folder
 * @internal
 */
export async function filesBelow(folder: string, within = folder): Promise<FilesBelow | undefined> {
  const [real, bounds] = await Promise.all([realPathOf(folder), realPathOf(within)]);
  if (real === undefined || bounds === undefined || !(await stat(real)).isDirectory()) return undefined;
  if (!isInside(bounds, real)) return { names: [], strays: [folder] };
  const names: string[] = [];
  const strays: string[] = [];
  const visit = async (directory: string, prefix: string, above: readonly string[]): Promise<void> => {
    const entries = await readdir(directory, { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(directory, entry.name);
      const name = prefix + entry.name;
      const target = entry.isSymbolicLink() ? await realPathOf(path) : path;
      if (target === undefined || (entry.isSymbolicLink() && !isInside(bounds, target))) {
        strays.push(path);
        continue;
      }
      const kind = entry.isSymbolicLink() ? await stat(target) : entry;
      if (kind.isDirectory() && !above.includes(target)) await visit(target, `${name}/`, [...above, target]);
      else if (kind.isFile()) names.push(name);
    }
  };
  await visit(real, '', [real]);
  return { names, strays };
}

async function realPathOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

function isInside(root: string, target: string): boolean {
  return target === root || target.startsWith(root.endsWith(sep) ? root : root + sep);
}
