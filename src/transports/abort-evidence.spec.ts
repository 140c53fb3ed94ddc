import { describe, expect, it } from 'vitest';
import { abortEvidence } from './abort-evidence.js';

describe('abortEvidence', () => {
  it.each([
    ['a deadline', new DOMException('late', 'TimeoutError'), 'timeout'],
    ['an error named like one', Object.assign(new Error('late'), { name: 'TimeoutError' }), 'timeout'],
    ['nothing', undefined, 'aborted'],
    ['a shutdown', new Error('shutdown'), 'aborted'],
    ['text', 'TimeoutError', 'aborted'],
  ])('of %s', (_, reason, provenance) => {
    expect(abortEvidence(AbortSignal.abort(reason), 'rcpt')).toEqual({ provenance, stage: 'rcpt' });
  });

  it('knows the signal of AbortSignal.timeout()', async () => {
    const signal = AbortSignal.timeout(1);
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
    expect(abortEvidence(signal, 'mail').provenance).toBe('timeout');
  });
});
