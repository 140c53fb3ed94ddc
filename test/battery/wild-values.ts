import * as fc from 'fast-check';
import { PlannedContent, UNREADABLE } from './planned-content.js';
import { tameAddress, wildAddress } from './random-addresses.js';
import { wildText } from './random-texts.js';

const trap = () => 'eve@evil.test\r\nRCPT TO:<eve@evil.test>';
const cyclic: Record<string, unknown> = { name: 'x' };
cyclic['self'] = cyclic;
let deep: object = {};
for (let i = 0; i < 20_000; i++) deep = { deep };

/** Values of the wrong kind, each of which has broken a mailer or might. */
export const ODDITIES: readonly unknown[] = [
  null,
  undefined,
  { toString: trap, valueOf: trap, toJSON: trap },
  { length: 1e9, 0: 'ada@example.test' },
  trap,
  Symbol('eve@evil.test'),
  new Date(NaN),
  new Map([['X-Injected', 'yes']]),
  new Set(['eve@evil.test']),
  new String('eve@evil.test'),
  Buffer.from('eve@evil.test\r\n'),
  Object.create(null),
  Object.create(Object.create(null) as object),
  Object.create({ address: 'eve@evil.test', url: 'https://evil.test', content: 'x' }),
  JSON.parse('{"__proto__":{"to":"eve@evil.test"},"constructor":"x"}'),
  { constructor: undefined },
  { address: 'ada@example.test', name: { toString: trap } },
  { pipe: 1, destroy: 1, on: 1, [Symbol.asyncIterator]: 1 },
  { getReader: 1, cancel: 1, locked: false },
  { getReader: trap, cancel: trap, locked: false },
  { path: '/etc/passwd' },
  { href: 'http://169.254.169.254/' },
  [undefined],
  [[]],
  [null, 'ada@example.test'],
  cyclic,
  deep,
  -1,
  0.5,
  NaN,
  Infinity,
  2n ** 64n,
  true,
];

/** What a field should not be, and a few times is. */
export const wildValue = fc.oneof(
  { weight: 5, arbitrary: wildText },
  { weight: 2, arbitrary: wildAddress },
  { weight: 2, arbitrary: fc.constantFrom(...ODDITIES) },
  {
    weight: 1,
    arbitrary: fc.anything({
      key: wildText,
      values: [wildText, fc.integer(), fc.double(), fc.boolean(), fc.constant(undefined), tameAddress],
      maxDepth: 2,
      maxKeys: 3,
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
    }),
  },
);

/** Content that cannot be read to its end. */
export const unreadable = fc
  .tuple(fc.constantFrom(...UNREADABLE), wildText)
  .map(([as, text]) => new PlannedContent(as, text));
