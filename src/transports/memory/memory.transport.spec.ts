import { describe, expect, it } from 'vitest';
import { sinkRequest, TRANSPORT_SETUP } from '../../../test/support/smtp-sink-request.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { memory, type MemoryTransportOptions } from './memory.js';
import type { MemoryTransport } from './memory.transport.js';

const open = (options?: MemoryTransportOptions) => memory(options).open(TRANSPORT_SETUP) as MemoryTransport;

describe('the memory transport', () => {
  it('keeps what it was given', async () => {
    const transport = open();
    const request = sinkRequest({ mailId: '01abc' });
    await transport.send(request);
    expect(transport.messages).toEqual([
      {
        mailId: '01abc',
        messageId: request.messageId,
        envelope: request.envelope,
        raw: await request.message(),
        at: expect.any(Date),
      },
    ]);
  });

  it('forgets the oldest when there are too many', async () => {
    const transport = open({ maxMessages: 2 });
    for (const mailId of ['1', '2', '3']) await transport.send(sinkRequest({ mailId }));
    expect(transport.messages.map((message) => message.mailId)).toEqual(['2', '3']);
  });

  it('forgets everything when told so', async () => {
    const transport = open();
    await transport.send(sinkRequest());
    transport.clear();
    expect(transport.messages).toEqual([]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses to keep %d messages', (maxMessages) => {
    expect(() => open({ maxMessages })).toThrow(MailRelayError);
  });
});
