import { expect, it } from 'vitest';
import { newToken } from './claim-token.js';

it('makes tokens of 128 bits, each another one', () => {
  const tokens = Array.from({ length: 1000 }, newToken);
  expect(new Set(tokens).size).toBe(1000);
  for (const token of tokens) expect(token).toMatch(/^[\w-]{22}$/);
});
