import { dirname, isAbsolute, resolve } from 'node:path';

/**
 * What a relative template directory can be relative to.
 *
 * @publicApi
 */
export interface ApplicationRoots {
  /** The working directory. */
  readonly cwd: string;
  /** The main script, for applications started from elsewhere. */
  readonly main?: string | undefined;
}

/**
 * The places where `dir` is looked for, in order: as it is when absolute, else below the working directory, its
 * `src` and its `dist`, then beside the main script.
 *
 * @internal
 */
export function templateDirectories(dir: string, { cwd, main }: ApplicationRoots): readonly string[] {
  if (isAbsolute(dir)) return [resolve(dir)];
  const places = [resolve(cwd, dir), resolve(cwd, 'src', dir), resolve(cwd, 'dist', dir)];
  if (main !== undefined) places.push(resolve(dirname(main), dir));
  return [...new Set(places)];
}
