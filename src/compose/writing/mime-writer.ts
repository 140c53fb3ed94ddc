import { randomUUID } from 'node:crypto';
import { headerField } from './header-text.js';
import type { MimePart } from './mime-part.js';

const LF = 0x0a;

/** Neither quoted-printable nor base64 writes this, and nobody can guess what follows it. */
const BOUNDARY_PREFIX = '=_mail';

/**
 * Writes a message at once: its header, then its tree of parts. The octets are those that nodemailer's MailComposer
 * streams for the same tree.
 *
 * @param fields the message's own headers, folded
 * @see RFC 2046 §5.1
 * @internal
 */
export function writeMessage(fields: readonly string[], root: MimePart): Buffer {
  return new MimeWriter().write(fields, root);
}

class MimeWriter {
  readonly #boundaryBase = `${BOUNDARY_PREFIX}-${randomUUID()}`;
  readonly #chunks: Buffer[] = [];
  #nodes = 0;
  #text = '';

  write(fields: readonly string[], root: MimePart): Buffer {
    const boundary = this.#nextBoundary();
    this.#writeFields([...fields, 'MIME-Version: 1.0', ...fieldsOf(root), contentTypeField(root, boundary)]);
    this.#writeBody(root, boundary);
    if (root.kind === 'leaf' && root.octets.at(-1) !== LF) this.#text += '\r\n';
    this.#flush();
    return Buffer.concat(this.#chunks);
  }

  #writePart(part: MimePart): void {
    const boundary = this.#nextBoundary();
    this.#writeFields([contentTypeField(part, boundary), ...fieldsOf(part)]);
    this.#writeBody(part, boundary);
  }

  #writeFields(fields: readonly string[]): void {
    this.#text += `${fields.join('\r\n')}\r\n\r\n`;
  }

  #writeBody(part: MimePart, boundary: string): void {
    if (part.kind === 'leaf') {
      this.#flush();
      this.#chunks.push(part.octets);
      return;
    }
    let delimiter = `--${boundary}`;
    for (const child of part.parts) {
      this.#text += `${delimiter}\r\n`;
      this.#writePart(child);
      delimiter = `\r\n--${boundary}`;
    }
    this.#text += `${delimiter}--\r\n`;
  }

  #flush(): void {
    if (this.#text !== '') this.#chunks.push(Buffer.from(this.#text));
    this.#text = '';
  }

  #nextBoundary(): string {
    this.#nodes++;
    return `${this.#boundaryBase}-Part_${this.#nodes}`;
  }
}

function fieldsOf(part: MimePart): readonly string[] {
  return part.kind === 'leaf' ? part.fields : [];
}

function contentTypeField(part: MimePart, boundary: string): string {
  return part.kind === 'leaf'
    ? part.contentType
    : headerField('Content-Type', `${part.contentType}; boundary="${boundary}"`);
}
