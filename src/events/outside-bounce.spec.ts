import { describe, expect, it } from 'vitest';
import type { BounceKind } from './mail-event.js';
import { readOutsideBounce } from './outside-bounce.js';

describe('a bounce that somebody else tells of', () => {
  it.each<[BounceKind | undefined, string | undefined, BounceKind, string]>([
    ['hard', undefined, 'hard', 'now'],
    ['hard', '550 5.2.1 Mailbox disabled', 'hard', 'now'],
    ['soft', undefined, 'soft', 'count'],
    ['soft', '552 5.2.2 Mailbox full', 'soft', 'count'],
    ['block', undefined, 'block', 'no'],
    ['block', '550 5.1.1 No such user', 'block', 'no'],
    ['undetermined', undefined, 'undetermined', 'count'],
    [undefined, undefined, 'undetermined', 'count'],
    [undefined, 'smtp; 550 5.1.1 No such user here', 'hard', 'now'],
    [undefined, '5.1.1 No such user here', 'hard', 'now'],
    [undefined, '550 5.7.1 Blocked using a blocklist', 'block', 'no'],
    [undefined, '552 5.2.2 Mailbox full', 'soft', 'count'],
    [undefined, '535 5.7.8 Authentication failed', 'undetermined', 'no'],
    [undefined, 'it did not work', 'undetermined', 'count'],
  ])('of kind %s that says %j is %s, suppress: %s', (kind, reason, expectedKind, suppress) => {
    const bounce = readOutsideBounce(kind, reason);
    expect(bounce).toMatchObject({
      kind: expectedKind,
      suppress,
      failure: { suppress, permanent: true, retry: 'no' },
    });
    if (suppress !== 'no') expect(bounce.failure.scope).toBe('recipient');
    expect(bounce.failure.summary).toMatch(/^Told later: /);
  });
});
