import { execFile } from 'node:child_process';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { SpoolFolder } from '../support/spool-folder.js';

const DIST = new URL('../../dist', import.meta.url).pathname;
const folder = new SpoolFolder();

const OPENS = `
import { SystemClock } from './dist/clock/system-clock.js';
import { SqlSpool } from './dist/storage/sql/sql-spool.js';
const opening = SqlSpool.open({ file: 'spool.db', relay: 'default', clock: new SystemClock() });
await opening.catch(({ code, message }) => console.log(JSON.stringify({ code, message })));
`;

it('names the line that installs what the SQLite storage needs, where it is missing', async () => {
  cpSync(DIST, join(folder.dir, 'dist'), { recursive: true });
  writeFileSync(join(folder.dir, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(folder.dir, 'opens.js'), OPENS);
  const { stdout } = await promisify(execFile)(process.execPath, ['opens.js'], { cwd: folder.dir });
  expect(JSON.parse(stdout)).toEqual({
    code: 'ERR_MAIL_RELAY_PACKAGE_MISSING',
    message: expect.stringContaining('npm install better-sqlite3@12 kysely@0.28'),
  });
  expect(existsSync(join(folder.dir, 'spool.db'))).toBe(false);
});
