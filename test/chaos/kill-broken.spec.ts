import { describe, expect, it } from 'vitest';
import { runKills } from './kill-run.js';

const MAILS = 300;
const SEED = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 1e9));

describe(`the kill test notices what is missing (CHAOS_SEED=${SEED})`, () => {
  it.each([
    ['sqlite', 'mark'],
    ['sqlite', 'keeper'],
    ['redis', 'claim'],
    ['redis', 'aof'],
  ] as const)('on %s without the %s', { timeout: 300_000 }, async (storage, missing) => {
    // A server that waits for a mail that never comes is a failure as well.
    const result = await runKills({
      storage,
      mails: MAILS,
      kills: 4,
      seed: SEED,
      missing,
      patienceMs: 25_000,
    }).catch((error: unknown) => {
      if (!String(error).includes('Waited')) throw error;
      return undefined;
    });
    const kept =
      result !== undefined &&
      result.accepted === MAILS &&
      result.lost.length + result.unmarked.length === 0 &&
      result.left?.pending === 0;
    expect(kept).toBe(false);
  });
});
