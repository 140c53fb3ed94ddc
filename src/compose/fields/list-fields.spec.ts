import { describe, expect, it } from 'vitest';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { checkList } from './list-fields.js';

function refusalOf(list: unknown): MailRelayError {
  try {
    checkList(list);
  } catch (error) {
    expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_DRAFT')).toBe(true);
    return error as MailRelayError;
  }
  throw new Error(`accepted: ${JSON.stringify(list)}`);
}

describe('checkList', () => {
  it.each([
    [{}],
    [{ id: 'news.acme.test' }],
    [{ id: "a!b#c.d_e.x-1'y" }],
    [{ unsubscribe: { url: 'https://acme.test/u?t=a.b-c_d~e&x=%0d%0a' } }],
    [{ unsubscribe: { url: 'https://[2001:db8::1]:8443/u', oneClick: true } }],
    [{ unsubscribe: { mailto: 'leave+tag=1@acme.test' } }],
    [{ unsubscribe: { mailto: 'mailto:leave@acme.test?subject=unsubscribe' } }],
    [{ unsubscribe: { url: 'https://acme.test/u', mailto: 'leave@acme.test', oneClick: false } }],
  ])('accepts %j', (list) => {
    expect(() => checkList(list)).not.toThrow();
  });

  it.each([
    ['news'],
    ['<news.acme.test>'],
    ['Acme News <news.acme.test>'],
    ['news..acme'],
    ['.news.acme'],
    ['news acme.test'],
    ['news.acme.test\r\nBcc: eve@evil.test'],
    ['news.acme.test(comment)'],
    ['nöws.acme.test'],
    [''],
    [`${'a'.repeat(251)}.acme`],
    [42],
  ])('refuses the id %j', (id) => {
    expect(refusalOf({ id }).field).toBe('list.id');
  });

  it.each([
    ['http://acme.test/u'],
    ['HTTP://acme.test/u'],
    ['ftp://acme.test/u'],
    ['javascript:alert(1)'],
    ['acme.test/u'],
    ['https://'],
    ['https:acme.test'],
    ['https://acme.test/a b'],
    ['https://acme.test/a,b'],
    ['https://acme.test/<x>'],
    ['https://acme.test/>, <https://evil.test/'],
    ['https://acme.test/\r\nBcc: eve@evil.test'],
    ['https://acme.test/\n'],
    ['https://acme.test/\0'],
    ['https://acme.test/\u2028'],
    ['https://acme.test/ü'],
    ['https://acme.test/"'],
    [`https://acme.test/${'a'.repeat(900)}`],
    [''],
    [42],
    [new URL('https://acme.test/u')],
  ])('refuses the url %j', (url) => {
    expect(refusalOf({ unsubscribe: { url } }).field).toBe('list.unsubscribe.url');
  });

  it('says why a plain http url is refused', () => {
    expect(refusalOf({ unsubscribe: { url: 'http://acme.test/u' } }).message).toContain('use https');
  });

  it.each([
    ['acme.test'],
    ['leave@'],
    ['leave@acme.test, eve@evil.test'],
    ['Leave <leave@acme.test>'],
    ['leave@acme.test\r\nBcc: eve@evil.test'],
    ['mailto:leave'],
    ['mailto:leave@acme.test>,<mailto:eve@evil.test'],
    ['mailto:leave@acme.test?subject=x%0d%0aBcc:eve@evil.test'],
    ['mailto:leave@acme.test?subject=x%0A'],
    ['mailto:leave@acme.test?subject=x%7f'],
    ['mailto:leave@acme.test?subject=a b'],
    ['mailto:leave@acme.test\n'],
    ['löve@acme.test'],
    [`${'%'.repeat(250)}@acme.test`],
    [''],
    [42],
  ])('refuses the mailto %j', (mailto) => {
    expect(refusalOf({ unsubscribe: { mailto } }).field).toBe('list.unsubscribe.mailto');
  });

  it('refuses one-click without a url', () => {
    const error = refusalOf({ unsubscribe: { mailto: 'leave@acme.test', oneClick: true } });
    expect(error.field).toBe('list.unsubscribe.oneClick');
  });

  it.each([[{}], [{ oneClick: true }], [null], ['https://acme.test/u'], [['https://acme.test/u']]])(
    'refuses the way out %j',
    (unsubscribe) => {
      expect(refusalOf({ unsubscribe }).field).toBe('list.unsubscribe');
    },
  );

  it.each([[null], ['news.acme.test'], [[]]])('refuses the list %j', (list) => {
    expect(refusalOf(list).field).toBe('list');
  });

  it('never repeats what it refuses', () => {
    const error = refusalOf({ unsubscribe: { mailto: 'secret@acme.test, x' } });
    expect(error.message).not.toContain('secret');
  });
});
