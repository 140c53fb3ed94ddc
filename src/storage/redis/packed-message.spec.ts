import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { UnreadableRecord } from './mail-record.js';
import { packMessage, unpackMessage } from './packed-message.js';

describe('a packed message', () => {
  it.each([0, 1, 1023, 1024, 31_000, 32_768, 200_000])(
    'of %i octets comes back as it was',
    async (octets) => {
      const text = Buffer.alloc(octets, 'Hello, here is what you asked for.\r\n');
      const noise = randomBytes(octets);
      for (const message of [text, noise]) {
        const packed = await packMessage(message);
        expect(packed.length).toBeLessThanOrEqual(message.length + 1);
        expect((await unpackMessage(packed)).equals(message)).toBe(true);
      }
    },
  );

  it('is smaller than 1 part in 10 when it repeats itself', async () => {
    expect((await packMessage(Buffer.alloc(20_000, 'Hello. '))).length).toBeLessThan(2_000);
  });

  it.each([
    ['an unknown kind', Buffer.from([9, 1, 2])],
    ['nothing', Buffer.alloc(0)],
    ['a damaged one', Buffer.from([1, 1, 2, 3])],
  ])('is not made of %s', async (_what, packed) => {
    await expect((async () => unpackMessage(packed))()).rejects.toThrow(UnreadableRecord);
  });

  it('that is large and damaged is not one either', async () => {
    const packed = await packMessage(randomBytes(40_000));
    packed[0] = 1;
    await expect((async () => unpackMessage(packed))()).rejects.toThrow(UnreadableRecord);
  });
});
