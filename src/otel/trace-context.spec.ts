import { describe, expect, it } from 'vitest';
import { spanContextOf, traceparentOf } from './trace-context.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a trace context', () => {
  it('is read as it was written', () => {
    const written = traceparentOf({ traceId: TRACE, spanId: SPAN, traceFlags: 1 });
    expect(written).toBe(`00-${TRACE}-${SPAN}-01`);
    expect(spanContextOf(written ?? '')).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      traceFlags: 1,
      isRemote: true,
    });
  });

  it('is none where nobody traces', () => {
    expect(traceparentOf({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 })).toBeUndefined();
  });

  it.each([
    '',
    'nonsense',
    `01-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
  ])('is not read from %j', (text) => expect(spanContextOf(text)).toBeUndefined());
});
