import { describe, expect, it } from 'vitest';
import { parseSmtpReply } from '../../core/failure/smtp-reply.js';
import { remoteMessageId } from './remote-message-id.js';

describe('remoteMessageId', () => {
  it.each([
    ['250 2.0.0 Ok: queued as 4XyZ1k2abc', '4XyZ1k2abc'],
    ['250 Ok: queued as aBcDeFgHQv-1', 'aBcDeFgHQv-1'],
    ['250 OK id=1rAbCd-0001Xy-2b', '1rAbCd-0001Xy-2b'],
    [
      '250 Ok 0100018b5c3c0a4f-1a2b3c4d-1234-5678-9abc-def012345678-000000',
      '0100018b5c3c0a4f-1a2b3c4d-1234-5678-9abc-def012345678-000000',
    ],
    [
      '250 2.0.0 OK <AM0PR01MB1234@AM0PR01MB1234.eurprd01.prod.outlook.com> [Hostname=AM0PR01MB1234]',
      'AM0PR01MB1234@AM0PR01MB1234.eurprd01.prod.outlook.com',
    ],
    ['250 2.0.0 OK  1700000000 a1-20020a5d4b41000000b0033.5 - gsmtp', 'a1-20020a5d4b41000000b0033.5'],
    ['250 2.0.0 Ok', undefined],
    ['250 Message accepted for delivery', undefined],
    ['250', undefined],
  ])('reads %s', (reply, id) => {
    expect(remoteMessageId(parseSmtpReply(reply).text)).toBe(id);
  });
});
