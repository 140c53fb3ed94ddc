const DATE = 'Date: ';

/** A date as it stands in a header: always of the same length. @see RFC 5322 §3.3 */
export function formatMessageDate(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

/**
 * The message with another Date field, its own octets untouched. Only for messages this package composed: their Date is
 * on one line.
 */
export function withMessageDate(message: Buffer, date: Date): Buffer {
  const at = dateField(message);
  const end = at === undefined ? -1 : message.indexOf('\r\n', at);
  if (at === undefined || end === -1) return message;
  const field = Buffer.from(`${DATE}${formatMessageDate(date)}`, 'latin1');
  return Buffer.concat([message.subarray(0, at), field, message.subarray(end)]);
}

function dateField(message: Buffer): number | undefined {
  if (message.subarray(0, DATE.length).toString('latin1') === DATE) return 0;
  const at = message.indexOf(`\r\n${DATE}`);
  return at === -1 || at > message.indexOf('\r\n\r\n') ? undefined : at + 2;
}
