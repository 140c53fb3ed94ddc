import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { findOrInstall } from '../support/apt.js';
import { SpoolFolder } from '../support/spool-folder.js';
import { readTrace, type TracedCall } from './strace.js';

const folder = new SpoolFolder();
const CHILD = new URL('sql-fsync-child.mjs', import.meta.url).pathname;
const MAILS = 60;

let strace = '';
beforeAll(async () => {
  strace = await findOrInstall('strace', 'strace');
});

async function trace(synchronous: 'FULL' | 'OFF'): Promise<readonly TracedCall[]> {
  const file = folder.file();
  const output = `${folder.dir}/${synchronous}.strace`;
  const calls = 'trace=fsync,fdatasync,write,pwrite64';
  // Whole pages: a mail is known by its id in what is written.
  const args = ['-f', '-y', '-ttt', '-s', '65536', '-e', calls, '-o', output, process.execPath, CHILD];
  await promisify(execFile)(strace, [...args, file, synchronous, String(MAILS)]);
  return readTrace(readFileSync(output, 'latin1'));
}

/** The mails whose word left before a sync of the log that began after the mail was written had ended. */
function acceptedTooEarly(calls: readonly TracedCall[]): readonly string[] {
  const isLog = ({ file }: TracedCall): boolean => file.endsWith('.db-wal');
  return Array.from({ length: MAILS }, (_, i) => `traced-mail-${String(i).padStart(6, '0')}`).filter((id) => {
    const written = calls.find((call) => call.name === 'pwrite64' && isLog(call) && call.text.includes(id));
    const told = calls.find((call) => call.name === 'write' && call.text.includes(`accepted ${id}`));
    if (!written || !told) throw new Error(`the trace lacks ${written ? 'the word' : 'the write'} of ${id}`);
    return !calls.some(
      (call) =>
        ['fsync', 'fdatasync'].includes(call.name) &&
        isLog(call) &&
        call.succeeded &&
        call.began > written.ended &&
        call.ended < told.began,
    );
  });
}

describe('the receipt of a SQLite spool', () => {
  it('comes after a sync of the disk that began after its mail was written', async () => {
    expect(acceptedTooEarly(await trace('FULL'))).toEqual([]);
  });

  it('would come too early with synchronous=OFF, and this test would notice', async () => {
    expect(acceptedTooEarly(await trace('OFF'))).toHaveLength(MAILS);
  });
});
