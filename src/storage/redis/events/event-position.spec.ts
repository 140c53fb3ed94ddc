import { describe, expect, it } from 'vitest';
import { endOfEntry, placeOf, positionOf } from './event-position.js';

describe('a position in the event log', () => {
  it('is greater for what comes later', () => {
    const positions = [
      positionOf('999-99', 0, 1),
      positionOf('1000-2', 0, 3),
      positionOf('1000-2', 1, 3),
      positionOf('1000-2', 2, 3),
      positionOf('1000-10', 0, 1),
      positionOf('1764112345678-0', 0, 2),
    ];
    expect(positions.toSorted()).toEqual(positions);
  });

  it('of the last event is the end of its entry', () => {
    expect(positionOf('1000-2', 2, 3)).toBe(endOfEntry('1000-2'));
    expect(placeOf(endOfEntry('1000-2'))).toEqual({ id: '1000-2', index: undefined });
    expect(placeOf(positionOf('1000-2', 1, 3))).toEqual({ id: '1000-2', index: 1 });
  });

  it.each(['', 'x', '12', `${'1'.repeat(29)}x`])('is not %j', (text) => {
    expect(placeOf(text)).toBeUndefined();
  });
});
