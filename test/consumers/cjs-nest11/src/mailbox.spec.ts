import { Test } from '@nestjs/testing';
import { MailService } from 'nestjs-mail-relay';
import { MailRelayTestingModule, TestMailbox } from 'nestjs-mail-relay/testing';
import './mail-matchers';

describe('the matchers for a mailbox', () => {
  it('say what was sent, and what was not', async () => {
    const app = await Test.createTestingModule({ imports: [MailRelayTestingModule.forRoot()] }).compile();
    await app.init();
    const mailbox = app.get(TestMailbox);
    await app.get(MailService).sendOrThrow({ to: 'ada@example.test', subject: 'Hello', text: 'Hello.' });
    expect(mailbox).toHaveSentMail({ to: 'ada@example.test', subject: 'Hello' });
    expect(mailbox).not.toHaveSentMail({ to: 'bob@example.test' });
    expect(mailbox).toHaveSentMails(1);
    expect(() => expect(mailbox).toHaveSentMail({ subject: 'Bye' })).toThrow('ada@example.test');
    await app.close();
  });
});
