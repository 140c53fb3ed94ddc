import { describe, expect, it } from 'vitest';
import { formatMessageDate, withMessageDate } from './message-date.js';

const NEW = new Date(Date.UTC(2027, 4, 9, 8, 7, 6));

describe('withMessageDate', () => {
  it('replaces the Date field and nothing else', () => {
    const head = 'From: <a@acme.test>\r\nDate: Fri, 01 Jan 2027 00:00:00 +0000\r\nSubject: Date: no\r\n\r\n';
    const message = Buffer.from(`${head}Date: in the body\r\n\xff`, 'latin1');
    const changed = withMessageDate(message, NEW).toString('latin1');
    expect(changed).toBe(
      message.toString('latin1').replace('Fri, 01 Jan 2027 00:00:00', 'Sun, 09 May 2027 08:07:06'),
    );
    expect(changed).toHaveLength(message.length);
  });

  it('finds it on the first line', () => {
    const message = Buffer.from('Date: Fri, 01 Jan 2027 00:00:00 +0000\r\n\r\nHello');
    expect(withMessageDate(message, NEW).toString()).toBe(`Date: ${formatMessageDate(NEW)}\r\n\r\nHello`);
  });

  it('leaves a message without one as it is', () => {
    const message = Buffer.from('From: <a@acme.test>\r\n\r\n\r\nDate: in the body\r\n');
    expect(withMessageDate(message, NEW)).toBe(message);
  });
});
