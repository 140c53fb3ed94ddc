import { describe, expect, it } from 'vitest';
import { sendmailArguments } from './sendmail-arguments.js';

describe('the arguments of sendmail', () => {
  it('put the recipient behind the end of the options, and the sender into one', () => {
    expect(sendmailArguments('shop@a.test', 'ada+x@b.test')).toEqual([
      '-i',
      '-f',
      'shop@a.test',
      '--',
      'ada+x@b.test',
    ]);
    expect(sendmailArguments('', 'ada@b.test')).toEqual(['-i', '-f', '<>', '--', 'ada@b.test']);
  });

  it.each([
    '-C/etc/shadow@b.test',
    '-oQ/tmp@b.test',
    '--@b.test',
    '|cat@b.test',
    '/etc/passwd@b.test',
    ':include:/etc/passwd@b.test',
    '"a b"@b.test',
    'a,b@b.test',
    'a b@b.test',
    'a\nb@b.test',
    'a\0@b.test',
    'a@b.test -X/tmp/x',
    'a@-b.test',
    'ä@b.test',
    'a',
    '',
    '@b.test',
    'a;b@b.test',
    'a\\@b.test',
    '<a@b.test>',
  ])('are never made of %j, wherever it stands', (hostile) => {
    expect(sendmailArguments('shop@a.test', hostile)).toBeUndefined();
    if (hostile !== '') expect(sendmailArguments(hostile, 'ada@b.test')).toBeUndefined();
  });
});
