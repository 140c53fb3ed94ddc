import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a run of the program left behind. */
export interface SendmailRunRecord {
  readonly args: readonly string[];
  readonly message: Buffer;
}

/**
 * A program called sendmail, in a folder of its own. It takes a message at the end of its input, as such programs do;
 * `before` is run before it reads, `after` when it has read everything and before it takes it.
 */
export class SendmailProgram {
  private constructor(readonly dir: string) {}

  static async make(
    steps: { readonly before?: string; readonly after?: string } = {},
  ): Promise<SendmailProgram> {
    const dir = await mkdtemp(join(tmpdir(), 'sendmail-'));
    const script = [
      '#!/bin/sh',
      `d='${dir}'`,
      'for last; do :; done',
      'printf "%s\\n" "$@" > "$d/$$.args"',
      'env > "$d/environment"',
      steps.before ?? '',
      'cat > "$d/$$.part"',
      steps.after ?? '',
      'mv "$d/$$.part" "$d/$$.eml"',
      '',
    ].join('\n');
    await writeFile(join(dir, 'sendmail'), script);
    await chmod(join(dir, 'sendmail'), 0o700);
    return new SendmailProgram(dir);
  }

  get path(): string {
    return join(this.dir, 'sendmail');
  }

  /** The messages it has taken. */
  async taken(): Promise<readonly SendmailRunRecord[]> {
    const names = (await readdir(this.dir)).filter((name) => name.endsWith('.eml'));
    return Promise.all(
      names.map(async (name) => ({
        args: (await readFile(join(this.dir, name.replace('.eml', '.args')), 'utf8')).trimEnd().split('\n'),
        message: await readFile(join(this.dir, name)),
      })),
    );
  }

  environment(): Promise<string> {
    return readFile(join(this.dir, 'environment'), 'utf8');
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true });
  }
}
