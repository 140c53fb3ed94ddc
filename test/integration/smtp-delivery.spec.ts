import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailTransport } from '../../src/transports/mail-transport.js';
import { verifyDkim } from '../support/dkim-verifier.js';
import { SmtpSink } from '../support/smtp-sink.js';
import { sinkRequest, sinkTransport } from '../support/smtp-sink-request.js';

let sink: SmtpSink;
let transport: MailTransport;

beforeEach(async () => {
  sink = await SmtpSink.start();
  transport = sinkTransport(sink);
});

afterEach(async () => {
  await transport.close();
  await sink.close();
});

describe('a mail at the server', () => {
  it('has the envelope, not the header', async () => {
    await transport.send(
      sinkRequest({ envelope: { from: 'bounces@a.test', to: ['one@b.test', 'two@c.test'] } }),
    );
    expect(sink.messages[0]).toMatchObject({ from: 'bounces@a.test', to: ['one@b.test', 'two@c.test'] });
  });

  it('may come from nobody', async () => {
    await transport.send(sinkRequest({ envelope: { from: '', to: ['ada@b.test'] } }));
    expect(sink.messages[0]?.from).toBe('');
  });

  it.each(['a.b+c@b.test', "o'neil@b.test", '"quoted local"@b.test', '%user@b.test', 'A.B@b.test'])(
    'is for %s exactly',
    async (address) => {
      await transport.send(sinkRequest({ to: [address] }));
      expect(sink.messages[0]?.to).toEqual([address]);
    },
  );

  it('was announced with its size', async () => {
    const message = Buffer.from(`Subject: x\r\n\r\n${'x'.repeat(1_000)}\r\n`);
    await transport.send(sinkRequest({ message: () => message, sizeBytes: message.length }));
    expect(sink.messages[0]?.parameters).toContain(`SIZE=${message.length}`);
  });

  it('is known by the name that the server gave it', async () => {
    const { outcomes } = await transport.send(sinkRequest());
    expect(outcomes).toMatchObject([{ state: 'sent', providerMessageId: 'S1T1', reply: { code: 250 } }]);
  });

  it.each(['evil@b.test>\r\nRCPT TO:<victim@b.test', 'evil@b.test\r\nDATA', '<evil@b.test>'])(
    'is not there for an address that would be a command: %j',
    async (address) => {
      const { outcomes } = await transport.send(sinkRequest({ to: [address] }));
      expect(outcomes[0]?.state).not.toBe('sent');
      expect(sink.transactions).toEqual([]);
      const summary = outcomes[0]?.state === 'sent' ? '' : outcomes[0]?.failure.summary;
      expect(summary).not.toContain('evil');
    },
  );
});

describe('a mail that is to be signed', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const dkim = {
    domainName: 'a.test',
    keySelector: 's1',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };

  it('has a signature that holds at the server', async () => {
    const message = Buffer.from('From: shop@a.test\r\nSubject: x\r\n\r\n.dot\r\n..\r\nGrüße  \r\n\r\n\r\n');
    await transport.send(sinkRequest({ dkim, message: () => message, sizeBytes: message.length }));
    const received = sink.messages[0]?.raw ?? Buffer.alloc(0);
    expect(verifyDkim(received, publicKey)).toMatchObject({ ok: true, domain: 'a.test', selector: 's1' });
    const announced = Number(/SIZE=(\d+)/.exec(sink.messages[0]?.parameters ?? '')?.[1]);
    expect(announced).toBeGreaterThanOrEqual(received.length);
  });

  it('does not go unsigned when the key does not work', async () => {
    const { outcomes } = await transport.send(sinkRequest({ dkim: { ...dkim, privateKey: 'secret' } }));
    expect(outcomes).toMatchObject([{ state: 'deferred', failure: { suppress: 'no', ambiguous: false } }]);
    expect(JSON.stringify(outcomes)).not.toContain('secret');
    expect(sink.messageCount).toBe(0);
  });
});
