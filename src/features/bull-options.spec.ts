import { describe, expect, it } from 'vitest';
import { checkBullOptions, checkBullPlace } from './bull-options.js';

const PLACE = { namespace: 'shop', redis: 'redis://redis:6379' };

describe('the options of withBull', () => {
  it.each([
    PLACE,
    { ...PLACE, lanes: ['transactional'], assumeDurable: 'fsync' },
    { ...PLACE, retention: { finishedMs: 0, keptMs: undefined } },
    { ...PLACE, retention: { eventsMs: 3_600_000, maxEvents: 50_000 } },
    { ...PLACE, retention: undefined },
    { namespace: 'shop', imports: [], inject: [], useFactory: () => PLACE },
  ])('are taken: %o', (options) => {
    expect(() => checkBullPlace(options)).not.toThrow();
  });

  it.each([
    [{ prefix: 'bull' }, 'prefix is no option'],
    [{ retention: { finishedMs: '7d' } }, 'retention.finishedMs must be whole milliseconds'],
    [{ retention: { keptMs: -1 } }, 'retention.keptMs must be whole milliseconds'],
    [{ retention: { finishedMs: Number.NaN } }, 'retention.finishedMs must be whole milliseconds'],
    [{ retention: { maxEvents: 0.5 } }, 'retention.maxEvents must be a whole number'],
    [{ retention: { days: 7 } }, 'retention.days is no option'],
    [{ retention: 7 }, 'retention must be an object'],
    [{ assumeDurable: 'yes' }, 'assumeDurable must be a boolean'],
  ])('are refused with %o', (wrong, problem) => {
    expect(() => checkBullPlace({ ...PLACE, ...wrong })).toThrow(problem);
    expect(() => checkBullOptions({ redis: PLACE.redis, ...wrong })).toThrow(problem);
  });

  it('are told all at once', () => {
    expect(() => checkBullPlace({ ...PLACE, a: 1, retention: { b: 2 } })).toThrow(
      'a is no option; retention.b is no option',
    );
  });

  it('come from a factory, or are given', () => {
    const both = { ...PLACE, useFactory: () => PLACE };
    expect(() => checkBullPlace(both)).toThrow('redis is no option');
  });

  it.each([undefined, null, 'redis://redis:6379'])('are no object: %s', (given) => {
    expect(() => checkBullOptions(given)).toThrow('useFactory must give an object');
  });
});
