import { describe, expect, it } from 'vitest';
import { parseEhlo } from './ehlo-capabilities.js';

describe('parseEhlo', () => {
  it('reads what a server offers', () => {
    const ehlo =
      '250-mx.test at your service\n250-SIZE 35882577\n250-8BITMIME\n250-AUTH PLAIN login\n250-pipelining\n250-STARTTLS\n250 SMTPUTF8';
    expect(parseEhlo(ehlo)).toEqual({
      pipelining: true,
      startTls: true,
      size: true,
      eightBitMime: true,
      smtpUtf8: true,
      maxSizeBytes: 35_882_577,
      authMechanisms: new Set(['PLAIN', 'LOGIN']),
    });
  });

  it('takes no word of the greeting for an offer', () => {
    expect(parseEhlo('250 SIZE SMTPUTF8 8BITMIME AUTH PLAIN')).toEqual(parseEhlo(''));
  });

  it.each([
    ['SIZE', 0],
    ['SIZE 0', 0],
    ['SIZE -5', 0],
    ['SIZE 1e309', 0],
    ['SIZE 999999999999999999999999999999', 0],
    ['SIZE abc', 0],
    ['size 1000', 1000],
  ])('reads %s as a limit of %d', (line, limit) => {
    expect(parseEhlo(`250-mx.test\r\n250 ${line}`).maxSizeBytes).toBe(limit);
  });

  it.each([
    ['250-mx\n250 AUTH=LOGIN PLAIN', ['LOGIN', 'PLAIN']],
    ['250-mx\n250-AUTH LOGIN\n250 AUTH=PLAIN', ['LOGIN', 'PLAIN']],
    ['250-mx\n250 XAUTH PLAIN', []],
  ])('reads the mechanisms of %j', (ehlo, mechanisms) => {
    expect([...parseEhlo(ehlo).authMechanisms]).toEqual(mechanisms);
  });

  it('reads a long line in linear time', () => {
    const before = performance.now();
    parseEhlo(`250-mx\n250 AUTH${' '.repeat(1_000_000)}`);
    expect(performance.now() - before).toBeLessThan(500);
  });
});
