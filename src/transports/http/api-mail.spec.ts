import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sinkRequest } from '../../../test/support/smtp-sink-request.js';
import { TriedMail } from './api-mail.js';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
const dkim = {
  domainName: 'a.test',
  keySelector: 'k1',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};
const labels = { tags: [], metadata: [] };

describe('the mail of a try', () => {
  it('is read and signed once for all requests with the same header', async () => {
    let reads = 0;
    const message = () => {
      reads++;
      return Buffer.from('From: shop@a.test\r\n\r\nx\r\n');
    };
    const mail = new TriedMail(sinkRequest({ message, dkim }), labels);
    const first = await mail.forRecipients(['ada@b.test']).raw(Buffer.from('X-Tag: a\r\n'));
    expect(first.toString()).toMatch(/^DKIM-Signature:/);
    expect(await mail.forRecipients(['eve@b.test']).raw(Buffer.from('X-Tag: a\r\n'))).toBe(first);
    expect(reads).toBe(1);
  });

  it('is signed anew for another header', async () => {
    const mail = new TriedMail(sinkRequest({ dkim }), labels).forRecipients(['ada@b.test']);
    const plain = (await mail.raw()).toString();
    const tagged = (await mail.raw(Buffer.from('X-Tag: a\r\n'))).toString();
    expect(plain).not.toContain('X-Tag');
    expect(tagged).toContain('X-Tag: a\r\n');
  });
});
