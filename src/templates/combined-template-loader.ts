import { TemplateLoader, type TemplateSources } from './template-loader.js';

/**
 * Several loaders as one; of several that have a template the first wins.
 *
 * @internal
 */
export class CombinedTemplateLoader extends TemplateLoader {
  readonly #loaders: readonly TemplateLoader[];

  constructor(loaders: readonly TemplateLoader[]) {
    super();
    this.#loaders = loaders;
  }

  override async load(): Promise<TemplateSources> {
    const all = await Promise.all(this.#loaders.map((loader) => loader.load()));
    const taken = new Set<string>();
    const own = all.map(({ roots, files }) => {
      const names = new Map(roots.map((root) => [root, freeName(root, taken)]));
      for (const name of names.values()) taken.add(name);
      return {
        roots: [...names.values()],
        files: files.map((file) => ({ ...file, root: names.get(file.root) ?? '' })),
      };
    });
    return { roots: own.flatMap(({ roots }) => roots), files: own.flatMap(({ files }) => files) };
  }

  override async version(): Promise<string> {
    const versions = await Promise.all(this.#loaders.map(async (loader) => (await loader.version?.()) ?? ''));
    return JSON.stringify(versions);
  }
}

/** Two loaders may call their roots the same. */
function freeName(root: string, taken: ReadonlySet<string>): string {
  let name = root;
  for (let i = 2; taken.has(name); i++) name = `${root} (${i})`;
  return name;
}
