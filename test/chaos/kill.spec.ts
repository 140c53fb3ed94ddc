import { describe, expect, it } from 'vitest';
import { runKills } from './kill-run.js';

const MAILS = Number(process.env['CHAOS_MAILS'] ?? 1000);
const KILLS = MAILS > 1000 ? 12 : 5;
const SEED = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 1e9));
const PATIENCE_MS = 120_000 + MAILS * 30;
/** Mails that a killed process had under way: both workers, or the one process. */
const IN_FLIGHT = 40;
const TIMEOUT_MS = 3 * PATIENCE_MS;

describe(`accepted means kept, whatever is killed (CHAOS_SEED=${SEED})`, () => {
  it.each([
    { on: 'sqlite', storage: 'sqlite' },
    { on: 'redis', storage: 'redis' },
    { on: 'redis, in one process', storage: 'redis', together: true },
  ] as const)('on $on', { timeout: TIMEOUT_MS }, async ({ on: _on, ...plan }) => {
    const { accepted, lost, duplicates, unmarked, left } = await runKills({
      ...plan,
      mails: MAILS,
      kills: KILLS,
      seed: SEED,
      patienceMs: PATIENCE_MS,
    });
    expect({ accepted, lost, unmarked, left }).toEqual({
      accepted: MAILS,
      lost: [],
      unmarked: [],
      left: { pending: 0, claimed: 0, ringing: 0, kept: 0 },
    });
    expect(duplicates.length).toBeLessThanOrEqual(KILLS * IN_FLIGHT);
  });
});
