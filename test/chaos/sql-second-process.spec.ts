import { afterEach, expect, it } from 'vitest';
import { SpoolFolder } from '../support/spool-folder.js';
import { SqlProcess } from './sql-process.js';

const folder = new SpoolFolder();

let first: SqlProcess | undefined;
afterEach(() => first?.kill());

it('a second process is told who holds the file and what to use instead, and gets it when the first is gone', async () => {
  const file = folder.file();
  first = SqlProcess.start(file, undefined, 0, 1);
  await first.saidAtLeast('accepted', 1);
  await expect(folder.open(file)).rejects.toMatchObject({
    code: 'ERR_MAIL_RELAY_SPOOL_IN_USE',
    message: expect.stringMatching(
      new RegExp(`relay "default" in process ${first.pid} on .+ since .+withBull`),
    ),
  });

  await first.kill();
  first = undefined;
  const second = await folder.open(file);
  expect(await second.counts()).toMatchObject({ pending: 1 });
});
