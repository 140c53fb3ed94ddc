import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const FILES = 50;

let dir: string | undefined;
afterAll(async () => {
  if (dir) await rm(dir, { recursive: true, force: true });
});

const config = (include: string) => `
import { defineConfig } from 'vitest/config';
export default defineConfig({
  root: ${JSON.stringify(ROOT)},
  resolve: { alias: {
    'nestjs-mail-relay/testing': ${JSON.stringify(join(ROOT, 'src/entries/testing.ts'))},
    'nestjs-mail-relay': ${JSON.stringify(join(ROOT, 'src/index.ts'))},
  } },
  // One module graph for all files of a worker: what were static would be seen by its neighbours.
  test: { dir: ${JSON.stringify(include)}, include: ['**/*.spec.ts'], isolate: false, pool: 'threads', reporters: ['json'] },
});
`;

const spec = (n: number) => `
import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import { MailService } from 'nestjs-mail-relay';
import { MailRelayTestingModule, TestMailbox } from 'nestjs-mail-relay/testing';
import { expect, it } from 'vitest';

it('sees only the mail of test ${n}', async () => {
  const app = await Test.createTestingModule({ imports: [MailRelayTestingModule.forRoot()] }).compile();
  await app.init();
  const mailbox = app.get(TestMailbox);
  for (let i = 0; i < 5; i++) {
    await app.get(MailService).queue({ to: 'ada@example.test', subject: 'test ${n}', text: 'x' });
  }
  await mailbox.waitFor({}, { count: 5 });
  await app.close();
  expect(mailbox.sent().map(({ subject }) => subject)).toEqual(Array(5).fill('test ${n}'));
});
`;

it(
  `lets ${FILES} test files run side by side, each with only its own mail`,
  { timeout: 300_000 },
  async () => {
    dir = await mkdtemp(join(tmpdir(), 'mail-relay-parallel-'));
    await mkdir(join(dir, 'specs'));
    await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
    await writeFile(join(dir, 'vitest.config.mjs'), config(join(dir, 'specs')));
    for (let n = 0; n < FILES; n++) await writeFile(join(dir, `specs/mailbox-${n}.spec.ts`), spec(n));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(dir, 'vitest.config.mjs')],
      { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 },
    );
    const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Record<string, unknown>;
    expect(report).toMatchObject({ success: true, numPassedTests: FILES, numTotalTests: FILES });
  },
);
