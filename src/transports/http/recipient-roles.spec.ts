import { describe, expect, it } from 'vitest';
import { Inexpressible } from './inexpressible.js';
import { parseMessage } from './parsed-message.js';
import { recipientRoles, written } from './recipient-roles.js';

const message = await parseMessage(
  Buffer.from('From: a@x.test\r\nTo: "Ada, L." <ada@x.test>, Bob@x.test\r\nCc: Cy <cy@x.test>\r\n\r\nx\r\n'),
);
const named = (recipients: readonly string[]) => {
  const { to, cc, bcc } = recipientRoles(recipients, message);
  return { to: to.map(written), cc: cc.map(written), bcc: bcc.map(written) };
};

describe('the recipients of a request', () => {
  it('stand where the message names them, and unseen where it does not', () => {
    expect(named(['ada@x.test', 'Bob@x.test', 'cy@x.test', 'dan@x.test'])).toEqual({
      to: ['"Ada, L." <ada@x.test>', 'Bob@x.test'],
      cc: ['"Cy" <cy@x.test>'],
      bcc: ['dan@x.test'],
    });
  });

  it('are those of the request alone: who is named gets the mail', () => {
    expect(named(['ada@x.test'])).toEqual({ to: ['"Ada, L." <ada@x.test>'], cc: [], bcc: [] });
  });

  it('stand in To when nobody else would', () => {
    expect(named(['cy@x.test', 'dan@x.test'])).toEqual({
      to: ['"Cy" <cy@x.test>'],
      cc: [],
      bcc: ['dan@x.test'],
    });
    expect(named(['dan@x.test'])).toEqual({ to: ['dan@x.test'], cc: [], bcc: [] });
  });

  it('are never shown to each other against the will of the sender', () => {
    expect(() => named(['dan@x.test', 'eve@x.test'])).toThrow(Inexpressible);
  });

  it('keep the letters of the envelope', () => {
    expect(named(['bob@x.test', 'ada@x.test']).bcc).toEqual(['bob@x.test']);
  });

  it('are written so that a name cannot become an address', () => {
    expect(written({ name: 'a" <b@y.test>, "c\\', address: 'd@x.test' })).toBe(
      '"a\\" <b@y.test>, \\"c\\\\" <d@x.test>',
    );
  });
});
