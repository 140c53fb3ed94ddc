import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of templates that lives as long as a test. */
export class TemplateFolder {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** @param files contents by path below the folder */
  static async with(files: Readonly<Record<string, string>>): Promise<TemplateFolder> {
    const folder = new TemplateFolder(await mkdtemp(join(tmpdir(), 'mail-templates-')));
    for (const [file, content] of Object.entries(files)) await folder.write(file, content);
    return folder;
  }

  async write(file: string, content: string): Promise<void> {
    const path = join(this.dir, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }
}
