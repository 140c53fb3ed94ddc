import { constants } from 'node:fs';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deliverLocally, localFailure } from '../local-delivery.js';
import {
  MailTransport,
  type TransportRequest,
  type TransportResult,
  type TransportVerification,
} from '../mail-transport.js';
import { renderPreview } from './preview-page.js';

/**
 * Writes each mail into a folder. A file appears whole or not at all, under a name that ends in `.eml` or `.html`.
 *
 * @internal
 */
export class CaptureTransport extends MailTransport {
  readonly kind = 'capture';
  #sequence = 0;

  constructor(
    private readonly dir: string,
    private readonly notice: (line: string) => void,
  ) {
    super();
  }

  override async send(request: TransportRequest): Promise<TransportResult> {
    const name = fileName(request.mailId);
    // The same mail may be tried twice at a time; each writes files of its own until the end.
    const draft = join(this.dir, `.${name}.${process.pid}.${++this.#sequence}`);
    let taken = false;
    const result = await deliverLocally(request, {
      prepare: async (message) => {
        await this.#makeFolder();
        // Reset links and codes stand in these files.
        await writeFile(`${draft}.eml`, message, { mode: 0o600 });
        await writeFile(`${draft}.html`, renderPreview(message), { mode: 0o600 });
      },
      commit: async () => {
        await rename(`${draft}.html`, join(this.dir, `${name}.html`));
        await rename(`${draft}.eml`, join(this.dir, `${name}.eml`));
        taken = true;
      },
    });
    if (taken) {
      this.notice(`Mail ${name} is in ${pathToFileURL(join(this.dir, `${name}.html`)).href}`);
    } else {
      // What cannot be removed is a hidden file that nobody reads; it must not hide why the mail was not taken.
      await Promise.allSettled([rm(`${draft}.eml`), rm(`${draft}.html`)]);
    }
    return result;
  }

  override async verify(): Promise<TransportVerification> {
    try {
      await this.#makeFolder();
      await access(this.dir, constants.W_OK);
      return { ok: true };
    } catch (error) {
      return { ok: false, failure: localFailure(error) };
    }
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  async #makeFolder(): Promise<void> {
    await mkdir(this.dir, { recursive: true, mode: 0o700 });
  }
}

/** A mail id is a safe name; what an own caller uses instead may not be. */
function fileName(mailId: string): string {
  return mailId.replace(/[^\w-]/g, '_').slice(0, 100) || 'mail';
}
