/**
 * Makes sure that a round counts: as many messages arrived as were sent, each to one recipient, and they hold what
 * they should.
 *
 * @param {import('./comparisons.mjs').Entrant} entrant
 * @param {number} expected
 * @param {import('./sink-counts.mjs').SinkReport} received
 */
export function checkMails({ label, mails, mailsNot = [] }, expected, received) {
  const { messages, recipients, sample } = received;
  if (messages !== expected || recipients !== expected) {
    throw new Error(
      `${label} sent ${expected} mails, but the sink has ${messages} messages for ${recipients} recipients.`,
    );
  }
  const unfolded = sample.replaceAll('=\r\n', '');
  const lacking = mails.filter((pattern) => !pattern.test(unfolded));
  const surplus = mailsNot.filter((pattern) => pattern.test(unfolded));
  if (lacking.length + surplus.length === 0) return;
  throw new Error(
    `${label} did other work than the rest: its message ` +
      [...lacking.map((pattern) => `lacks ${pattern}`), ...surplus.map((pattern) => `holds ${pattern}`)].join(
        ', ',
      ) +
      `.\n\n${sample}`,
  );
}
