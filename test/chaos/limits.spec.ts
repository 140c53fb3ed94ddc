import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startRedis } from '../support/redis-server.js';

const CHILD = new URL('./limit-child.mjs', import.meta.url).pathname;
const PROCESSES = 4;
const MAILS = 150;
const PER_SECOND = 10;
const SECONDS = 30;

async function told(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, 'message')) as [unknown];
  return message;
}

describe('a limit that several processes share', () => {
  it('lets ten a second go from four processes, for thirty seconds', { timeout: 120_000 }, async () => {
    const redis = await startRedis();
    const prefix = `{limit-${process.pid}}:`;
    const children = Array.from({ length: PROCESSES }, () =>
      fork(CHILD, [redis.url, prefix, `${MAILS}`, `${PER_SECOND}`], {
        env: { ...process.env, NODE_ENV: 'test' },
      }),
    );
    try {
      await Promise.all(children.map(told));
      const begin = Date.now();
      for (const child of children) child.send('go');
      await pause(SECONDS * 1000 + 500);
      const answers = children.map(told);
      for (const child of children) child.send('tell');
      const sent = (await Promise.all(answers)).flatMap((one) => (one as { sent: number[] }).sent);
      const inTime = sent.filter((at) => at < begin + SECONDS * 1000);
      expect(inTime.length).toBeGreaterThanOrEqual(290);
      expect(inTime.length).toBeLessThanOrEqual(301);
    } finally {
      for (const child of children) child.kill('SIGKILL');
      await redis.stop();
    }
  });
});
