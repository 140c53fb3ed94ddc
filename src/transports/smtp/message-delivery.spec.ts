import { describe, expect, it } from 'vitest';
import { FINAL_DOT } from './data-encoder.js';
import { Exchange } from './exchange.js';
import { deliverMessage } from './message-delivery.js';
import type { SmtpWire } from './smtp-wire.js';

/** Tells what was written, each write as one text, and when the mark was stored. */
async function deliver(message: Buffer): Promise<readonly string[]> {
  const told: string[] = [];
  const wire = {
    write: (_timeoutMs: number, ...octets: readonly Buffer[]) => {
      told.push(octets.map((piece) => (piece === FINAL_DOT ? 'dot' : 'text')).join(' and '));
    },
    drained: () => undefined,
  };
  const handOver = async (): Promise<void> => {
    await Promise.resolve();
    told.push('mark');
  };
  // Of the wire no more than this is used.
  await deliverMessage(wire as unknown as SmtpWire, new Exchange(1), message, 1000, handOver, () => {});
  return told;
}

describe('the end of a message', () => {
  it('waits for the mark and leaves with the dot when it is short', async () => {
    expect(await deliver(Buffer.from('Hello.\r\n'))).toEqual(['mark', 'text and dot']);
  });

  it('travels while the mark is stored when it is long', async () => {
    expect(await deliver(Buffer.alloc(20_000, 'Hello.\r\n'))).toEqual(['text', 'mark', 'dot']);
  });
});
