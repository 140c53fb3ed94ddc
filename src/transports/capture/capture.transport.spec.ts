import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sinkRequest, TRANSPORT_SETUP } from '../../../test/support/smtp-sink-request.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { capture } from './capture.js';

const notices: string[] = [];
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'capture-'));
  notices.length = 0;
});

afterEach(() => rm(root, { recursive: true }));

const open = (dir = join(root, 'mail')) =>
  capture({ dir }).open({ ...TRANSPORT_SETUP, notice: (line) => void notices.push(line) });

describe('the capture transport', () => {
  it('makes its folder only when the first mail comes', async () => {
    const transport = open();
    expect(await readdir(root)).toEqual([]);
    await transport.send(sinkRequest({ mailId: '01abc' }));
    expect((await readdir(join(root, 'mail'))).toSorted()).toEqual(['01abc.eml', '01abc.html']);
  });

  it('writes the message as it is, for its owner alone', async () => {
    const request = sinkRequest({ mailId: '01abc' });
    await open().send(request);
    const file = join(root, 'mail', '01abc.eml');
    expect(await readFile(file)).toEqual(await request.message());
    expect((await stat(file)).mode.toString(8)).toMatch(/600$/);
  });

  it('writes one line with a link that opens, and no address', async () => {
    await open(join(root, 'mail of today')).send(sinkRequest({ mailId: '01abc', to: ['ada@b.test'] }));
    expect(notices).toHaveLength(1);
    const link = /file:\/\/\S+/.exec(notices[0] ?? '')?.[0] ?? '';
    expect(await readFile(fileURLToPath(link), 'utf8')).toContain('<!doctype html>');
    expect(notices[0]).not.toContain('ada@');
  });

  it('leaves nothing behind when the mark cannot be stored', async () => {
    await open().send(sinkRequest({ handOver: () => Promise.reject(new Error('store gone')) }));
    expect(await readdir(join(root, 'mail'))).toEqual([]);
    expect(notices).toEqual([]);
  });

  it('defers when the folder cannot be made', async () => {
    await writeFile(join(root, 'file'), '');
    const transport = open(join(root, 'file', 'mail'));
    const { outcomes } = await transport.send(sinkRequest());
    expect(outcomes).toMatchObject([{ state: 'deferred', failure: { scope: 'none' } }]);
    expect(await transport.verify(new AbortController().signal)).toMatchObject({ ok: false });
  });

  it('writes again after its folder was removed', async () => {
    const transport = open();
    await transport.send(sinkRequest());
    await rm(join(root, 'mail'), { recursive: true });
    expect((await transport.send(sinkRequest({ mailId: '02' }))).outcomes).toMatchObject([{ state: 'sent' }]);
  });

  it.each(['../../etc/passwd', 'a/b', '..', 'a\0b', 'CON:x'])(
    'writes nowhere else for the id %j',
    async (mailId) => {
      await open().send(sinkRequest({ mailId }));
      expect(await readdir(root)).toEqual(['mail']);
      expect(await readdir(join(root, 'mail'))).toHaveLength(2);
    },
  );

  it('refuses to have no folder', () => {
    expect(() => capture({ dir: ' ' })).toThrow(MailRelayError);
  });
});
