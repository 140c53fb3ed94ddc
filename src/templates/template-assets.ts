import { readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { CID_REFERENCE } from '../core/mime/cid-reference.js';
import { filesBelow } from './files-below.js';
import { templateError, type TemplateProblem } from './template-problem.js';

/** A file that the html of a template can show as `cid:<name>`. */
export interface TemplateAsset {
  /** Its path below `assets`, with `/`: what stands behind `cid:`. */
  readonly cid: string;
  readonly filename: string;
  readonly content: Buffer;
}

/** The folder beside the templates. */
const FOLDER = 'assets';
const MAX_FILES = 1000;
const MAX_FILE_BYTES = 2 * 1024 * 1024;
const MAX_ALL_BYTES = 32 * 1024 * 1024;
const IMAGE_TYPES: Readonly<Record<string, string>> = {
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp',
};

/**
 * The files in the `assets` folders of the templates, read once: a mail whose html shows one as `cid:logo.png` gets it
 * attached.
 *
 * @internal
 */
export class TemplateAssets {
  readonly #assets: ReadonlyMap<string, TemplateAsset>;

  constructor(assets: readonly TemplateAsset[]) {
    this.#assets = new Map(assets.map((asset) => [asset.cid, asset]));
  }

  /**
   * @param roots directories of templates; of files with the same name that of the first counts
   * @throws MailRelayError `ERR_MAIL_RELAY_TEMPLATE` for files too many or too large to be kept in memory
   */
  static async read(roots: readonly string[]): Promise<TemplateAssets> {
    const found = new Map<string, TemplateAsset>();
    const problems: TemplateProblem[] = [];
    let bytes = 0;
    // A loader of one's own may name its places as it likes.
    for (const root of roots.filter(isAbsolute)) {
      const folder = join(root, FOLDER);
      const { names = [], strays = [] } = (await filesBelow(folder, root)) ?? {};
      for (const path of strays)
        problems.push({ path, message: 'is a link that leads out of its directory or nowhere' });
      for (const cid of names) {
        if (found.has(cid)) continue;
        const path = join(folder, cid);
        const { size } = await stat(path);
        bytes += size;
        if (size > MAX_FILE_BYTES) {
          problems.push({
            path,
            message: `has ${size} bytes, and an image of a mail ${MAX_FILE_BYTES} at most`,
          });
        } else if (bytes > MAX_ALL_BYTES || found.size >= MAX_FILES) {
          problems.push({
            path: folder,
            message: `holds more than ${MAX_FILES} files or ${MAX_ALL_BYTES} bytes, which are kept in memory: attach large files to drafts`,
          });
          break;
        } else found.set(cid, { cid, filename: basename(cid), content: await readFile(path) });
      }
    }
    if (problems.length > 0) throw templateError(problems);
    return new TemplateAssets([...found.values()]);
  }

  /** What stands behind `cid:`. */
  get cids(): ReadonlySet<string> {
    return new Set(this.#assets.keys());
  }

  /**
   * The files that html shows.
   *
   * @param attached content ids that the draft brings itself
   */
  shownIn(html: string | undefined, attached: ReadonlySet<string>): readonly TemplateAsset[] {
    if (html === undefined || this.#assets.size === 0 || !html.includes('cid:')) return [];
    const shown = new Map<string, TemplateAsset>();
    for (const [, cid = ''] of html.matchAll(CID_REFERENCE)) {
      const asset = attached.has(cid) ? undefined : this.#assets.get(cid);
      if (asset) shown.set(cid, asset);
    }
    return [...shown.values()];
  }

  /** The html as a browser can show it: the images written into it. For previews, never for mail. */
  embedIn(html: string): string {
    return html.replaceAll(CID_REFERENCE, (all, cid: string) => {
      const asset = this.#assets.get(cid);
      const type = IMAGE_TYPES[cid.slice(cid.lastIndexOf('.') + 1).toLowerCase()];
      return asset && type ? `data:${type};base64,${asset.content.toString('base64')}` : all;
    });
  }
}
