import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyDkim } from '../../test/support/dkim-verifier.js';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { DkimKey } from './dkim-key.js';
import { assertDkimKey, signWithDkim } from './dkim-signer.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const KEY: DkimKey = { domainName: 'acme.test', keySelector: 's1', privateKey: PEM };

function message(body: string, ...headers: string[]): Buffer {
  const all = [
    'From: Acme <hello@acme.test>',
    'To: ada@b.test',
    'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=',
    'Date: Fri, 01 Jan 2027 00:00:00 +0000',
    'Message-ID: <1@acme.test>',
    'MIME-Version: 1.0',
    ...headers,
  ];
  return Buffer.from(`${all.join('\r\n')}\r\n\r\n${body}`);
}

describe('signWithDkim', () => {
  it.each([
    ['a line', 'Hello.\r\n'],
    ['nothing', ''],
    ['empty lines only', '\r\n\r\n\r\n'],
    ['empty lines at the end', 'Hello.\r\n\r\n\r\n'],
    ['no line end at the end', 'Hello.'],
    ['white space that is relaxed', 'a \t b  \r\n \r\n\tc\r\n'],
    ['dots', '.\r\n..\r\n.a\r\n'],
    ['octets above 127', 'Grüße\r\n'],
    [
      'many lines',
      'A line of seventy characters or so, as they stand in mails of all kinds.\r\n'.repeat(5_000),
    ],
  ])('makes a signature that holds over a body of %s', async (_, body) => {
    const original = message(body);
    const signed = await signWithDkim(original, KEY);
    expect(verifyDkim(signed, publicKey)).toMatchObject({ ok: true, domain: 'acme.test', selector: 's1' });
    expect(signed.subarray(-original.length).equals(original)).toBe(true);
  });

  it('covers what a change of would mislead the recipient', async () => {
    const signed = await signWithDkim(
      message(
        'x\r\n',
        'Sender: post@acme.test',
        'Reply-To: help@acme.test',
        'Cc: eve@b.test',
        'Content-Type: text/plain',
        'Content-Transfer-Encoding: 7bit',
        'In-Reply-To: <0@acme.test>',
        'References: <0@acme.test>',
        'List-Id: <news.acme.test>',
        'List-Unsubscribe: <https://acme.test/u/1>',
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
      ),
      KEY,
    );
    const { ok, signedFields } = verifyDkim(signed, publicKey);
    expect(ok).toBe(true);
    expect(signedFields.join(' ')).toBe(
      'from sender reply-to subject date message-id to cc mime-version content-type content-transfer-encoding ' +
        'in-reply-to references list-id list-unsubscribe list-unsubscribe-post',
    );
  });

  it('signs fields that are folded', async () => {
    const folded = message('x\r\n', 'References: <a@acme.test>\r\n <b@acme.test>\r\n\t<c@acme.test>');
    expect(verifyDkim(await signWithDkim(folded, KEY), publicKey).ok).toBe(true);
  });

  it.each([
    ['From', (text: string) => text.replace('hello@', 'evil@')],
    ['List-Unsubscribe-Post', (text: string) => text.replace('One-Click', 'No-Click')],
    ['the body', (text: string) => text.replace('Click here', 'Click there')],
  ])('makes a signature that a change of %s breaks', async (_, change) => {
    const signed = await signWithDkim(
      message('Click here\r\n', 'List-Unsubscribe-Post: List-Unsubscribe=One-Click'),
      KEY,
    );
    const changed = Buffer.from(change(signed.toString()));
    expect(changed.equals(signed)).toBe(false);
    expect(verifyDkim(changed, publicKey).ok).toBe(false);
  });

  it('signs many at a time with one key', async () => {
    const bodies = Array.from({ length: 20 }, (_, i) => `Mail ${i}\r\n`);
    const signed = await Promise.all(bodies.map((body) => signWithDkim(message(body), KEY)));
    expect(signed.every((one) => verifyDkim(one, publicKey).ok)).toBe(true);
    expect(signed.map((one) => one.toString().split('\r\n').at(-2))).toEqual(
      bodies.map((body) => body.trim()),
    );
  });

  it.each([
    ['that is none', 'not a key'],
    [
      'that cannot make this signature',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ],
  ])('lets no message pass unsigned with a key %s', async (_, pem) => {
    await expect(signWithDkim(message('x\r\n'), { ...KEY, privateKey: pem })).rejects.toThrow();
  });
});

describe('assertDkimKey', () => {
  const pemOf = (bits: number) =>
    generateKeyPairSync('rsa', { modulusLength: bits })
      .privateKey.export({ type: 'pkcs1', format: 'pem' })
      .toString();

  it.each<[string, Partial<DkimKey>]>([
    ['PKCS #8', {}],
    ['PKCS #1', { privateKey: pemOf(1024) }],
    ['a selector of labels', { keySelector: '2027-01._mail.eu' }],
    ['A-labels', { domainName: 'news.xn--bcher-kva.example' }],
  ])('takes %s', (_, changes) => {
    expect(() => assertDkimKey({ ...KEY, ...changes }, 'dkim')).not.toThrow();
  });

  it.each<[string, Partial<DkimKey>]>([
    ['domainName', { domainName: '' }],
    ['domainName', { domainName: 'acme' }],
    ['domainName', { domainName: 'acme.test; d=evil.test' }],
    ['domainName', { domainName: 'acme.test\r\nX: y' }],
    ['domainName', { domainName: 'bücher.example' }],
    ['domainName', { domainName: '-acme.test' }],
    ['keySelector', { keySelector: '' }],
    ['keySelector', { keySelector: 's1; b=x' }],
    ['keySelector', { keySelector: 's1\0' }],
    ['keySelector', { keySelector: 's 1' }],
    ['keySelector', { keySelector: undefined as unknown as string }],
    ['privateKey', { privateKey: '' }],
    ['privateKey', { privateKey: undefined as unknown as string }],
    ['privateKey', { privateKey: PEM.replaceAll('\n', '\\n') }],
    ['privateKey', { privateKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() }],
    ['privateKey', { privateKey: pemOf(512) }],
    [
      'privateKey',
      {
        privateKey: generateKeyPairSync('ed25519')
          .privateKey.export({ type: 'pkcs8', format: 'pem' })
          .toString(),
      },
    ],
  ])('names a %s that cannot be used', (field, changes) => {
    let error: unknown;
    try {
      assertDkimKey({ ...KEY, ...changes }, 'streams.marketing.dkim');
    } catch (caught) {
      error = caught;
    }
    expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_OPTIONS')).toBe(true);
    const { message, field: named } = error as MailRelayError;
    expect(named).toBe(`streams.marketing.dkim.${field}`);
    expect(message).toContain(field);
    expect(message).not.toContain('BEGIN');
  });
});
