import * as fc from 'fast-check';
import { tameLine, wildText } from './random-texts.js';

/** An addr-spec that may be mailed. */
export const tameAddress = fc
  .tuple(
    fc.constantFrom(
      'ada',
      'Ada',
      'bob+tag',
      "o'neil",
      'a.b_c-d',
      '{x}|~',
      'x=y?z',
      'l'.repeat(64),
      '0',
      '*',
      '=0D=0A',
      'jörg',
    ),
    fc.constantFrom(
      'example.test',
      'EXAMPLE.Test',
      'a-b.c.test',
      'bücher.test',
      'xn--bcher-kva.test',
      '例え.test',
      `${'d'.repeat(63)}.test`,
    ),
  )
  .map(([local, domain]) => `${local}@${domain}`);
const quoted = (name: string) => `"${name.replace(/["\\]/g, '\\$&')}"`;
const isPhrase = (name: string) => !/[()<>[\]:;@\\,"]/.test(name) && name === name.trimStart();
const tameName = tameLine.filter((name) => !/[\u202a-\u202e\u2066-\u2069]/.test(name));

/** One address in each form that a draft takes. */
export const tameMailbox = fc.oneof(
  { weight: 3, arbitrary: tameAddress },
  { weight: 1, arbitrary: tameAddress.map((address) => `<${address}>`) },
  { weight: 1, arbitrary: tameAddress.map((address) => ({ address })) },
  { weight: 2, arbitrary: fc.record({ name: tameName, address: tameAddress }) },
  { weight: 2, arbitrary: fc.tuple(tameName, tameAddress).map(([name, at]) => `${quoted(name)} <${at}>`) },
  {
    weight: 1,
    arbitrary: fc.tuple(tameName.filter(isPhrase), tameAddress).map(([name, at]) => `${name} <${at}>`),
  },
);
export const tameMailboxes = fc.oneof(tameMailbox, fc.array(tameMailbox, { minLength: 1, maxLength: 4 }));

/** Something that looks like an address and most often must not be mailed. */
export const wildAddress = fc.oneof(
  fc.tuple(wildText, tameAddress).map(([hostile, address]) => `${hostile}${address}`),
  fc.tuple(wildText, tameAddress).map(([hostile, address]) => `${address}${hostile}`),
  fc.tuple(wildText, tameAddress).map(([hostile, address]) => `${hostile} <${address}>`),
  fc.tuple(wildText, tameAddress).map(([hostile, address]) => `"${hostile}" <${address}>`),
  fc.tuple(wildText, tameAddress).map(([hostile, address]) => address.replace('@', `${hostile}@`)),
  fc.tuple(wildText, tameAddress).map(([hostile, address]) => address.replace('@', `@${hostile}`)),
  fc.tuple(wildText, tameAddress).map(([name, address]) => ({ name, address })),
  fc.tuple(tameAddress, tameAddress).map((addresses) => addresses.join(', ')),
  fc.constantFrom<unknown>(
    '<>',
    '"x@evil.test x"@example.test',
    'ada@example.test(x)evil.test',
    '@evil.test,@b.test:ada@example.test',
    'ada%evil.test@example.test',
    'ada@[127.0.0.1]',
    'ada@example.test:25',
    '-oQ/tmp@example.test',
    'friends: ada@example.test;',
    'ada\uff20evil.test@example.test',
    'ada@example\u3002test',
    { address: 'ada@example.test', name: 'x', extra: 'y' },
    { address: 'ada@example.test', name: undefined },
  ),
);
