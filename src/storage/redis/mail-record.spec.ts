import { describe, expect, it } from 'vitest';
import { classifyFailure } from '../../core/failure/failure-classifier.js';
import { RECIPIENT_STATES } from '../../core/mail/delivery-report.js';
import type { SpooledRecipient } from '../../spool/spooled-mail.js';
import { sampleMail } from '../../testing/sample-mail.js';
import { packMail, packRecipients, UnreadableRecord, unpackMail, unpackRecipients } from './mail-record.js';

const place = { id: 'id', lane: 'transactional', stream: 'transactional' };
const failure = classifyFailure({ provenance: 'timeout', stage: 'conn', upstream: 'relay' });

describe('the record of a mail', () => {
  it('gives every field back', () => {
    const mail = sampleMail({
      id: 'id',
      messageId: '<other@acme.test>',
      tenant: 'one',
      envelope: { from: '', to: ['ada@example.test', 'bob@example.test'] },
      template: 'welcome',
      locale: 'de-AT',
      tags: ['a'],
      metadata: { b: 'c' },
      smtpUtf8: true,
    });
    expect(unpackMail(packMail(mail, []), place, [])).toEqual(mail);
  });

  it('gives back what it left out because it is told elsewhere', () => {
    const mail = sampleMail({ id: 'id' });
    const recipients: SpooledRecipient[] = [{ address: 'ada@example.test', state: 'queued', dueAt: 1 }];
    const packed = packMail(mail, recipients);
    expect(packed).not.toContain('ada@example.test');
    expect(unpackMail(packed, place, recipients)).toEqual(mail);
  });

  it('keeps fields that came after it was written', () => {
    const mail = { ...sampleMail({ id: 'id' }), colour: 'red' };
    expect(unpackMail(packMail(mail, []), place, [])).toEqual(mail);
  });

  it.each(['', 'null', '{}', '[]', '["a"]', '{"a'])('says that %j is none', (text) => {
    expect(() => unpackMail(text, place, [])).toThrow(UnreadableRecord);
  });
});

describe('the record of recipients', () => {
  it.each(RECIPIENT_STATES)('gives a recipient back that is %s', (state) => {
    const recipients: SpooledRecipient[] = [
      { address: 'a@example.test', state },
      { address: 'b@example.test', state, dueAt: 5 },
      { address: 'c@example.test', state, dueAt: 0, reason: 'waits' },
      { address: 'd@example.test', state, transport: 'primary', providerMessageId: 'x', failure },
    ];
    expect(unpackRecipients(packRecipients(recipients))).toEqual(recipients);
  });

  it.each(['{}', '[["a@example.test","?"]]', '[[1,"q"]]'])('says that %s is none', (text) => {
    expect(() => unpackRecipients(text)).toThrow(UnreadableRecord);
  });
});
