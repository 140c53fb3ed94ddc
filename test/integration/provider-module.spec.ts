import { describe, expect, it } from 'vitest';
import { MailRelayError } from 'nestjs-mail-relay';
import { mailgun, postmark } from 'nestjs-mail-relay/providers';
import { assertInstalled } from '../../src/transports/optional-peer.js';
import { HttpMailApi } from '../support/http-mail-api.js';
import { providerFake } from '../support/provider-fakes.js';
import { RelayApp } from '../support/relay-app.js';

describe('a relay over the APIs of providers', () => {
  it('asks the second when the first refuses the key, and reports per recipient', async () => {
    const first = await HttpMailApi.start(() => providerFake('postmark').unauthorized);
    const second = await HttpMailApi.start((request) => providerFake('mailgun').answer(request, []));
    const app = await RelayApp.start({
      from: 'Shop <shop@a.test>',
      delivery: 'live',
      storage: 'memory',
      transports: [
        postmark({ name: 'first', serverToken: 'token-1', baseUrl: first.url }),
        mailgun({ name: 'second', apiKey: 'key-1', domain: 'mg.example.test', baseUrl: second.url }),
      ],
    });
    try {
      const report = await app.mail.send({
        to: ['ada@b.test', 'bob@b.test'],
        subject: 'Hello',
        text: 'Good morning.',
        tags: ['welcome'],
      });
      expect(report).toMatchObject({
        ok: true,
        recipients: ['ada@b.test', 'bob@b.test'].map((address) => ({
          address,
          state: 'sent',
          transport: 'second',
          providerMessageId: providerFake('mailgun').id,
        })),
      });
      expect(first.requests).toHaveLength(1);
      expect(second.requests).toHaveLength(1);
    } finally {
      await app.close();
      await Promise.all([first.close(), second.close()]);
    }
  });
});

describe('a package that only some transports need', () => {
  it('is asked for at boot, with the line that installs it', () => {
    const error = (() => {
      try {
        assertInstalled('postmark()', '@acme/no-such-package');
        return undefined;
      } catch (caught) {
        return caught;
      }
    })();
    expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_PACKAGE_MISSING')).toBe(true);
    expect((error as Error).message).toContain('npm install @acme/no-such-package');
  });

  it('is not asked for when it is there', () => {
    expect(() => assertInstalled('postmark()', 'mailparser')).not.toThrow();
  });
});
