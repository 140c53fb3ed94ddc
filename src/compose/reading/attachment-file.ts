import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { refuseAttachment } from '../fields/refuse-attachment.js';

/** A link put in place after the check is not followed, and a pipe does not hold the open up. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const ASKED = 'be a readable file below one of `attachments.roots`';

/**
 * Opens a file that lies below one of the roots once every link in its path and theirs is resolved.
 *
 * @throws MailRelayError `ERR_MAIL_RELAY_ATTACHMENT`
 * @internal
 */
export async function openAttachmentFile(
  path: string,
  roots: readonly string[],
  field: string,
): Promise<{ readonly file: FileHandle; readonly octets: number }> {
  let file: FileHandle | undefined;
  try {
    const real = await realpath(resolve(path));
    await checkBelow(real, roots, field);
    file = await open(real, OPEN_FLAGS);
    const { size } = await checkFile(file, field);
    return { file, octets: size };
  } catch (error) {
    await file?.close();
    if (error instanceof Error && 'syscall' in error) {
      refuseAttachment(field, ASKED, 'it cannot be opened: see the cause', error);
    }
    throw error;
  }
}

async function checkBelow(real: string, roots: readonly string[], field: string): Promise<void> {
  for (const root of roots) {
    const folder = await realpath(resolve(root)).catch(() => undefined);
    // A root that is not there holds nothing, and the other roots still count.
    if (folder === undefined) continue;
    if (real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return;
  }
  refuseAttachment(
    field,
    ASKED,
    'it lies elsewhere once links are resolved: move it, or add its folder to the option',
  );
}

async function checkFile(file: FileHandle, field: string): Promise<{ readonly size: number }> {
  const stat = await file.stat();
  if (!stat.isFile()) refuseAttachment(field, ASKED, 'it is a folder, a device or a pipe: pass a file');
  return stat;
}
