import { describe, expect, it } from 'vitest';
import { OpenWaits } from './open-waits.js';

const never = new Promise<string>(() => undefined);

describe('OpenWaits', () => {
  it('gives what the work gives', async () => {
    expect(await new OpenWaits().until(Promise.resolve('done'), 60_000)).toBe('done');
  });

  it('fails as the work fails', async () => {
    const work = Promise.reject(new Error('no'));
    await expect(new OpenWaits().until(work, 60_000)).rejects.toThrow('no');
  });

  it('gives nothing once the time is over', async () => {
    expect(await new OpenWaits().until(never, 1)).toBeUndefined();
  });

  it('lets go of everybody when it is ended', async () => {
    const waits = new OpenWaits();
    const both = Promise.all([waits.until(never, 60_000), waits.until(never, 60_000)]);
    waits.end();
    expect(await both).toEqual([undefined, undefined]);
  });

  it('waits for nothing that is not there already once it was ended', async () => {
    const waits = new OpenWaits();
    waits.end();
    expect(await waits.until(never, 60_000)).toBeUndefined();
    expect(await waits.until(Promise.resolve('done'), 60_000)).toBe('done');
  });
});
