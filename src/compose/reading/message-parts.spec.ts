import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Clock } from '../../core/schedule/clock.js';
import type { AttachmentDraft } from '../../core/mail/mail-draft.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import type { ComposeLimits } from '../compose-request.js';
import { readMessageParts, type MessageParts } from './message-parts.js';

const LIMITS: ComposeLimits = { roots: [], maxAttachmentBytes: 1000, maxMessageBytes: 10_000 };

/** A clock whose one deadline the test lets pass by hand. */
class DeadlineClock extends Clock {
  cancelled = false;
  #expire: () => void = () => undefined;

  now(): number {
    return 0;
  }

  after(_: number, callback: () => void): () => void {
    this.#expire = callback;
    return () => void (this.cancelled = true);
  }

  expire(): void {
    this.#expire();
  }
}

function read(
  attachments: readonly AttachmentDraft[],
  limits: Partial<ComposeLimits> = {},
  clock = new DeadlineClock(),
  signal?: AbortSignal,
): Promise<MessageParts> {
  return readMessageParts({ attachments }, { ...LIMITS, ...limits }, clock, signal);
}

async function octetsOf(content: AttachmentDraft['content']): Promise<Buffer | undefined> {
  const { attachments } = await read([{ content }]);
  return attachments[0]?.content;
}

async function refusalOf(reading: Promise<unknown>): Promise<MailRelayError> {
  const error = await reading.then(
    () => new Error('accepted'),
    (error: unknown) => error,
  );
  if (MailRelayError.is(error)) return error;
  throw error;
}

/** A stream that gives what it is told and then waits for ever. */
function endless(...chunks: readonly string[]): PassThrough {
  const stream = new PassThrough();
  for (const chunk of chunks) stream.write(chunk);
  return stream;
}

describe('readMessageParts', () => {
  const octets = Buffer.from([0, 1, 2, 0xff, 0x0d, 0x0a, 0x80]);

  it('does nothing for a mail without parts', async () => {
    expect(await readMessageParts({}, LIMITS, new DeadlineClock())).toEqual({
      attachments: [],
      alternatives: [],
    });
  });

  it.each<[string, () => AttachmentDraft['content']]>([
    ['a Buffer', () => octets],
    ['a Uint8Array', () => new Uint8Array(octets)],
    ['a view of a larger buffer', () => new Uint8Array([9, ...octets, 9]).subarray(1, octets.length + 1)],
    ['a stream', () => Readable.from([octets.subarray(0, 3), octets.subarray(3)])],
    ['a stream of single octets', () => Readable.from(Array.from(octets, (octet) => Buffer.from([octet])))],
    ['a stream that decodes to hex', () => Readable.from([octets], { objectMode: false, encoding: 'hex' })],
    ['a web stream', () => new Blob([octets]).stream()],
    ['a Blob', () => new Blob([octets])],
    ['a File', () => new File([octets], 'a.bin')],
    ['a function that gives a Buffer', () => () => octets],
    ['a function that gives a stream', () => () => Readable.from([octets])],
    ['an async function that gives a web stream', () => async () => new Blob([octets]).stream()],
  ])('reads %s octet by octet', async (_, content) => {
    expect(await octetsOf(content())).toEqual(octets);
  });

  it('reads text as UTF-8', async () => {
    expect(await octetsOf('Grüße')).toEqual(Buffer.from('Grüße'));
  });

  it('reads an empty attachment', async () => {
    expect(await octetsOf('')).toEqual(Buffer.alloc(0));
    expect(await octetsOf(Readable.from([]))).toEqual(Buffer.alloc(0));
    expect(await octetsOf(new Blob([]))).toEqual(Buffer.alloc(0));
  });

  it('keeps the octets of a stream that fills one chunk again and again', async () => {
    const chunk = Buffer.alloc(1);
    const content = Readable.from(
      (function* () {
        for (const octet of octets) {
          chunk[0] = octet;
          yield chunk;
        }
      })(),
      { objectMode: false, highWaterMark: 1 },
    );
    expect(await octetsOf(content)).toEqual(octets);
  });

  it('works the defaults in', async () => {
    const { attachments } = await read([
      { content: 'x' },
      { content: 'x', filename: 'a.pdf' },
      { content: 'x', filename: 'forward.eml' },
      { content: 'x', filename: 'a.weird' },
      { content: 'x', contentType: 'image/png', cid: 'logo' },
      { content: 'x', cid: 'logo2', disposition: 'attachment' },
    ]);
    expect(attachments).toMatchObject([
      { filename: 'attachment-1.bin', contentType: 'application/octet-stream', disposition: 'attachment' },
      { filename: 'a.pdf', contentType: 'application/pdf', disposition: 'attachment' },
      { filename: 'forward.eml', contentType: 'application/octet-stream', disposition: 'attachment' },
      { filename: 'a.weird', contentType: 'application/octet-stream', disposition: 'attachment' },
      { filename: 'attachment-5.png', contentType: 'image/png', cid: 'logo', disposition: 'inline' },
      {
        filename: 'attachment-6.bin',
        contentType: 'application/octet-stream',
        cid: 'logo2',
        disposition: 'attachment',
      },
    ]);
  });

  it('reads alternatives too', async () => {
    const alternatives = [{ contentType: 'text/x-amp-html', content: async () => '<html amp4email>' }];
    const parts = await readMessageParts({ alternatives }, LIMITS, new DeadlineClock());
    expect(parts.alternatives).toEqual([
      { contentType: 'text/x-amp-html', content: Buffer.from('<html amp4email>') },
    ]);
  });

  it('reads a hundred streams at once without a warning of Node', async () => {
    const warnings: Error[] = [];
    const keep = (warning: Error): void => void warnings.push(warning);
    process.on('warning', keep);
    const reading = read(Array.from({ length: 100 }, () => ({ content: endless('x').end() })));
    expect((await reading).attachments).toHaveLength(100);
    process.off('warning', keep);
    expect(warnings).toEqual([]);
  });

  it('gives a message part CRLF line ends', async () => {
    const { attachments } = await read([
      { content: 'Subject: x\n\nbody\r\n', contentType: 'message/rfc822' },
    ]);
    expect(attachments[0]?.content.toString()).toBe('Subject: x\r\n\r\nbody\r\n');
  });

  it.each([
    ['8-bit octets', 'Subject: x\n\nGrüße'],
    ['a NUL', 'Subject: x\n\n\0'],
    ['a long line', `Subject: x\n\n${'a'.repeat(999)}`],
  ])('refuses a message part with %s, which no encoding is allowed for', async (_, content) => {
    const error = await refusalOf(
      read([{ content, contentType: 'message/rfc822' }], { maxAttachmentBytes: 2000 }),
    );
    expect(error.field).toBe('attachments[0].content');
    expect(error.message).toContain('application/octet-stream');
  });

  describe('when a stream is not what it should be', () => {
    it.each<[string, () => AttachmentDraft['content'] | Promise<AttachmentDraft['content']>]>([
      [
        'was read before',
        async () => {
          const stream = Readable.from([octets]);
          await stream.toArray();
          return stream;
        },
      ],
      [
        'was begun before',
        async () => {
          const stream = endless('some');
          await once(stream, 'readable');
          stream.read(2);
          return stream;
        },
      ],
      ['was destroyed before', () => Readable.from([octets]).destroy()],
      [
        'failed before',
        async () => {
          const stream = endless().on('error', () => undefined);
          stream.destroy(new Error('reset'));
          await new Promise((resolve) => stream.once('close', resolve));
          return stream;
        },
      ],
      [
        'is locked',
        () => {
          const stream = new Blob([octets]).stream();
          stream.getReader();
          return stream;
        },
      ],
      [
        'is a web stream that was read before',
        async () => {
          const stream = new Blob([octets]).stream();
          const reader = stream.getReader();
          while (!(await reader.read()).done);
          reader.releaseLock();
          return stream;
        },
      ],
      ['gives objects', () => Readable.from([{ octets }])],
      [
        'fails in the middle',
        () =>
          Readable.from(
            (function* () {
              yield octets;
              throw new Error('reset');
            })(),
          ),
      ],
      [
        'is a web stream that fails in the middle',
        () =>
          new ReadableStream({
            pull(controller) {
              controller.enqueue(octets);
              controller.error(new Error('reset'));
            },
          }),
      ],
      [
        'ends too early',
        () => {
          const stream = endless('some');
          stream.once('data', () => stream.destroy()).pause();
          return stream;
        },
      ],
    ])('refuses one that %s', async (_, open) => {
      const error = await refusalOf(read([{ content: await open() }]));
      expect(error.code).toBe('ERR_MAIL_RELAY_ATTACHMENT');
      expect(error.field).toBe('attachments[0].content');
    });

    it('refuses one that another attachment reads', async () => {
      const stream = endless();
      setImmediate(() => stream.end('some'));
      const error = await refusalOf(read([{ content: stream }, { content: stream }]));
      expect(error.field).toBe('attachments[1].content');
    });

    it('keeps the cause of a failure and says nothing of it', async () => {
      const cause = new Error('GET https://user:secret@acme.test failed');
      const stream = endless('x');
      const reading = refusalOf(read([{ content: stream }]));
      stream.destroy(cause);
      const error = await reading;
      expect(error.cause).toBe(cause);
      expect(error.message).not.toContain('secret');
    });
  });

  describe('when a function fails', () => {
    it.each<[string, () => never]>([
      [
        'throws',
        () => {
          throw new Error('no such object');
        },
      ],
      ['rejects', (async () => Promise.reject(new Error('no such object'))) as unknown as () => never],
      ['gives a descriptor', (() => ({ path: '/etc/passwd' })) as unknown as () => never],
      ['gives nothing', (() => undefined) as unknown as () => never],
      ['gives a function', (() => () => 'x') as unknown as () => never],
    ])('refuses one that %s', async (_, content) => {
      const error = await refusalOf(read([{ content }]));
      expect(error.code).toBe('ERR_MAIL_RELAY_ATTACHMENT');
      expect(error.field).toBe('attachments[0].content');
    });
  });

  describe('limits', () => {
    const over = 'a'.repeat(1001);

    it.each<[string, () => AttachmentDraft['content']]>([
      ['text', () => over],
      ['octets', () => Buffer.from(over)],
      ['a Blob', () => new Blob([over])],
      ['a stream', () => Readable.from([over])],
      ['a web stream', () => new Blob([over]).stream()],
      ['what a function opens', () => () => endless(over)],
    ])('refuses %s over the limit for one attachment', async (_, content) => {
      const error = await refusalOf(read([{ content: 'a'.repeat(1000) }, { content: content() }]));
      expect(error.code).toBe('ERR_MAIL_RELAY_ATTACHMENT');
      expect(error.field).toBe('attachments[1].content');
      expect(error.message).toContain('attachments.maxBytes');
    });

    it('refuses attachments that together do not fit into the message', async () => {
      const error = await refusalOf(
        read([{ content: 'a'.repeat(999) }, { content: 'a'.repeat(999) }], { maxMessageBytes: 2000 }),
      );
      expect(error.code).toBe('ERR_MAIL_RELAY_MESSAGE_TOO_LARGE');
      expect(error.message).toContain('attachments.maxMessageBytes');
    });

    it('counts what streams give together', async () => {
      const stream = (): Readable => Readable.from(['a'.repeat(500), 'a'.repeat(499)]);
      const error = await refusalOf(
        read([{ content: stream() }, { content: stream() }], { maxMessageBytes: 2000 }),
      );
      expect(error.code).toBe('ERR_MAIL_RELAY_MESSAGE_TOO_LARGE');
    });

    it('stops an endless stream at the limit and closes it', async () => {
      let given = 0;
      const stream = new Readable({
        highWaterMark: 100,
        read() {
          given += 100;
          this.push(Buffer.alloc(100));
        },
      });
      const error = await refusalOf(read([{ content: stream }]));
      expect(error.message).toContain('attachments.maxBytes');
      expect(stream.destroyed).toBe(true);
      expect(given).toBeLessThan(2000);
    });

    it('stops an endless web stream at the limit and cancels it', async () => {
      let cancelled = false;
      const stream = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(100)),
        cancel: () => void (cancelled = true),
      });
      await refusalOf(read([{ content: stream }]));
      expect(cancelled).toBe(true);
      expect(stream.locked).toBe(false);
    });
  });

  describe('when one attachment fails', () => {
    it('closes the streams of the others', async () => {
      const waiting = endless('some');
      const opened = endless('some');
      let cancelled = false;
      const web = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
      const error = await refusalOf(
        read([
          { content: waiting },
          { content: web },
          { content: () => opened },
          { content: Readable.from([{}]) },
        ]),
      );
      expect(error.field).toBe('attachments[3].content');
      expect(waiting.destroyed).toBe(true);
      expect(cancelled).toBe(true);
      await expect.poll(() => opened.destroyed).toBe(true);
    });

    it('closes a stream that a function opens too late', async () => {
      const late = endless('some');
      let open: (stream: Readable) => void = () => undefined;
      const opening = new Promise<Readable>((resolve) => (open = resolve));
      await refusalOf(read([{ content: () => opening }, { content: Readable.from([{}]) }]));
      open(late);
      await expect.poll(() => late.destroyed).toBe(true);
    });
  });

  describe('deadline', () => {
    it.each<[string, () => AttachmentDraft['content']]>([
      ['a stream', () => endless('some')],
      ['a web stream', () => new ReadableStream()],
      ['a function', () => () => new Promise<never>(() => undefined)],
      ['the stream of a function', () => () => endless('some')],
    ])('gives up %s that does not end', async (_, content) => {
      const clock = new DeadlineClock();
      const reading = refusalOf(read([{ content: content() }], {}, clock));
      setImmediate(() => clock.expire());
      const error = await reading;
      expect(error.field).toBe('attachments');
      expect(error.message).toContain('30 s');
    });

    it('is taken back when everything is read', async () => {
      const clock = new DeadlineClock();
      await read([{ content: 'x' }], {}, clock);
      expect(clock.cancelled).toBe(true);
    });
  });

  it('stops with the reason of the caller’s signal and closes what is open', async () => {
    const stream = endless('some');
    const controller = new AbortController();
    const reading = read([{ content: stream }], {}, new DeadlineClock(), controller.signal);
    controller.abort(new RangeError('enough'));
    await expect(reading).rejects.toThrow(RangeError);
    expect(stream.destroyed).toBe(true);
  });

  it('does not begin when the signal came before', async () => {
    const signal = AbortSignal.abort(new RangeError('enough'));
    let opened = false;
    const reading = read([{ content: () => ((opened = true), 'x') }], {}, new DeadlineClock(), signal);
    await expect(reading).rejects.toThrow(RangeError);
    expect(opened).toBe(false);
  });

  describe('paths', () => {
    let folder: string;
    let roots: readonly string[];
    const content = 'report';

    beforeAll(async () => {
      folder = await realpath(await mkdtemp(join(tmpdir(), 'compose-')));
      await mkdir(join(folder, 'root/below'), { recursive: true });
      await mkdir(join(folder, 'root-beside'));
      await Promise.all([
        writeFile(join(folder, 'secret.txt'), 'secret'),
        writeFile(join(folder, 'root-beside/secret.txt'), 'secret'),
        writeFile(join(folder, 'root/report.txt'), content),
        writeFile(join(folder, 'root/below/report.txt'), content),
        writeFile(join(folder, 'root/large.txt'), 'a'.repeat(1001)),
      ]);
      await Promise.all([
        symlink(join(folder, 'secret.txt'), join(folder, 'root/leak.txt')),
        symlink(folder, join(folder, 'root/out')),
        symlink(join(folder, 'root/report.txt'), join(folder, 'root/link.txt')),
        symlink(join(folder, 'root'), join(folder, 'linked-root')),
      ]);
      roots = [join(folder, 'root')];
    });

    afterAll(() => rm(folder, { recursive: true }));

    it.each(['root/report.txt', 'root/below/report.txt', 'root/below/../report.txt', 'root/link.txt'])(
      'reads %s',
      async (path) => {
        const { attachments } = await read([{ path: join(folder, path) }], { roots });
        expect(attachments[0]?.content.toString()).toBe(content);
        expect(attachments[0]?.filename).toMatch(/^(report|link)\.txt$/);
        expect(attachments[0]?.contentType).toBe('text/plain');
      },
    );

    it('resolves the links of a root as well', async () => {
      const linked = [join(folder, 'linked-root')];
      const { attachments } = await read([{ path: join(folder, 'linked-root/report.txt') }], {
        roots: linked,
      });
      expect(attachments[0]?.content.toString()).toBe(content);
    });

    it('takes the second root too', async () => {
      const path = join(folder, 'root/report.txt');
      await expect(
        read([{ path }], { roots: [join(folder, 'root-beside'), ...roots] }),
      ).resolves.toBeDefined();
    });

    it.each([
      ['a file above', 'root/../secret.txt'],
      ['a file beside, in a folder whose name begins like the root', 'root-beside/secret.txt'],
      ['a link that leads outside', 'root/leak.txt'],
      ['a file behind a link that leads outside', 'root/out/secret.txt'],
      ['the root itself', 'root'],
      ['a folder', 'root/below'],
      ['a file that is not there', 'root/none.txt'],
    ])('refuses %s', async (_, path) => {
      const error = await refusalOf(read([{ path: join(folder, path) }], { roots }));
      expect(error.code).toBe('ERR_MAIL_RELAY_ATTACHMENT');
      expect(error.field).toBe('attachments[0].path');
      expect(error.message).not.toContain(folder);
    });

    it('refuses a device', async () => {
      const error = await refusalOf(read([{ path: '/dev/zero' }], { roots: ['/dev'] }));
      expect(error.message).toContain('a device');
    });

    it('finds nothing below a root that is not there, and still looks below the others', async () => {
      const path = join(folder, 'root/report.txt');
      const none = join(folder, 'none');
      expect((await refusalOf(read([{ path }], { roots: [none] }))).field).toBe('attachments[0].path');
      await expect(read([{ path }], { roots: [none, ...roots] })).resolves.toBeDefined();
    });

    it('refuses a file over the limit', async () => {
      const error = await refusalOf(read([{ path: join(folder, 'root/large.txt') }], { roots }));
      expect(error.message).toContain('attachments.maxBytes');
    });
  });
});
