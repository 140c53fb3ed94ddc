import { describe, expect, it } from 'vitest';
import { beginSasl, usableMechanisms } from './sasl.js';

const PASSWORD = { user: 'tim', pass: 'tanstaaftanstaaf' };
const TOKEN = { user: 'user=one,two@a.test', token: 'ya29.vF9dft4qmTc2' };

describe('the mechanisms', () => {
  it.each([
    [['LOGIN', 'PLAIN', 'XOAUTH2'], 'pass', ['PLAIN', 'LOGIN']],
    [['LOGIN', 'PLAIN', 'XOAUTH2'], 'token', ['XOAUTH2']],
    [['XOAUTH2', 'OAUTHBEARER'], 'token', ['OAUTHBEARER', 'XOAUTH2']],
    [['CRAM-MD5', 'DIGEST-MD5', 'NTLM'], 'pass', ['CRAM-MD5']],
    [['GSSAPI', 'NTLM'], 'pass', []],
    [['PLAIN'], 'token', []],
  ] as const)('of %j for a %s are %j', (offered, kind, usable) => {
    expect(usableMechanisms(new Set(offered), kind)).toEqual(usable);
  });
});

describe('what is said', () => {
  it('is user and password at once: PLAIN', () => {
    expect(beginSasl('PLAIN', PASSWORD)?.initial?.toString()).toBe('\0tim\0tanstaaftanstaaf');
  });

  it('is the user, then the password, whatever the prompts are: LOGIN', () => {
    const dialogue = beginSasl('LOGIN', PASSWORD);
    const said = [1, 2, 3].map(() => dialogue?.answer(Buffer.from('Benutzer'))?.toString());
    expect([dialogue?.initial, ...said]).toEqual([undefined, 'tim', 'tanstaaftanstaaf', undefined]);
  });

  it('is the digest of RFC 2195: CRAM-MD5', () => {
    const dialogue = beginSasl('CRAM-MD5', PASSWORD);
    const challenge = Buffer.from('<1896.697170952@postoffice.reston.mci.net>');
    expect(dialogue?.answer(challenge)?.toString()).toBe('tim b913a602c7eda7a495b4e6e7334d3890');
    expect(dialogue?.answer(challenge)).toBeUndefined();
  });

  it('is the user and the token: XOAUTH2', () => {
    const dialogue = beginSasl('XOAUTH2', TOKEN);
    expect(dialogue?.initial?.toString()).toBe(
      'user=user=one,two@a.test\u0001auth=Bearer ya29.vF9dft4qmTc2\u0001\u0001',
    );
    expect(dialogue?.answer(Buffer.from('{"status":"401"}'))).toEqual(Buffer.alloc(0));
  });

  it('is the user, escaped, and the token: OAUTHBEARER', () => {
    const dialogue = beginSasl('OAUTHBEARER', TOKEN);
    expect(dialogue?.initial?.toString()).toBe(
      'n,a=user=3Done=2Ctwo@a.test,\u0001auth=Bearer ya29.vF9dft4qmTc2\u0001\u0001',
    );
    expect(dialogue?.answer(Buffer.from('{}'))).toEqual(Buffer.of(1));
  });

  it.each([
    ['PLAIN', TOKEN],
    ['LOGIN', TOKEN],
    ['CRAM-MD5', TOKEN],
    ['XOAUTH2', PASSWORD],
    ['OAUTHBEARER', PASSWORD],
    ['GSSAPI', PASSWORD],
  ])('is nothing where mechanism and credentials do not fit: %s', (mechanism, credentials) => {
    expect(beginSasl(mechanism, credentials)).toBeUndefined();
  });
});
