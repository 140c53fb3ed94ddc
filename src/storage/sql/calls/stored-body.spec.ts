import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bodyOf, packedBody, plainBody, SMALL_BODY_BYTES, unpack, unpackSmall } from './stored-body.js';

const SIZES = [0, 1, 63, 1023, 1024, 1025, 4096, SMALL_BODY_BYTES - 1, SMALL_BODY_BYTES];
const textOf = (bytes: number): Buffer => Buffer.alloc(bytes, 'Dear customer, your order is on its way. ');

describe('a small message', () => {
  it.each(SIZES)('is the same after it was stored: %d octets', (bytes) => {
    for (const message of [textOf(bytes), randomBytes(bytes)])
      expect(unpackSmall(packedBody(plainBody(message)))?.equals(message)).toBe(true);
  });

  it('takes less room when it can be compressed, and no more when it cannot', () => {
    expect(packedBody(plainBody(textOf(4096))).octets.length).toBeLessThan(1000);
    const random = randomBytes(4096);
    expect(packedBody(plainBody(random))).toMatchObject({ encoding: 0, octets: random });
  });

  it('lies in a buffer of its size, and not in the 16 KB that zlib would take', () => {
    const packed = packedBody(plainBody(textOf(8000)));
    expect(packed.octets.buffer.byteLength).toBe(8000);
    expect(unpackSmall(packed)?.buffer.byteLength).toBe(8001);
  });

  it('is refused when it is not what was written', () => {
    const packed = packedBody(plainBody(textOf(4096)));
    const damaged = [
      { ...packed, octets: packed.octets.subarray(0, -3) },
      { ...packed, octets: new Uint8Array() },
      { ...packed, octets: randomBytes(200) },
      { ...packed, bytes: 4095 },
      { ...packed, bytes: 4097 },
      { ...packed, encoding: 7 },
      { ...plainBody(textOf(10)), bytes: 11 },
    ];
    for (const body of damaged) expect(() => unpackSmall(body)).toThrow();
  });
});

describe('a large message', () => {
  it('is the same after it was stored, and no business of the thread', async () => {
    const bytes = SMALL_BODY_BYTES + 1;
    for (const message of [textOf(bytes), randomBytes(bytes)]) {
      const body = await bodyOf(message);
      expect(packedBody(body)).toBe(body);
      expect(unpackSmall(body)).toBeUndefined();
      expect((await unpack(body)).equals(message)).toBe(true);
    }
  });
});
