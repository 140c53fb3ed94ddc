/** How servers name a message that they took, in the text of their reply to the final dot. */
const PATTERNS: readonly RegExp[] = [
  /\bqueued as ([\w.-]{1,200})/i, // Postfix, SendGrid, smtp-server
  /^OK id=([\w-]{1,200})/i, // Exim
  /^Ok ([0-9a-f]+(?:-[0-9a-f]+){2,8})$/i, // Amazon SES
  /^OK <([^<>\s]{1,200}\.prod\.outlook\.com)>/i, // Microsoft 365
  /^OK \d{1,20} ([\w.-]{1,200}) - gsmtp$/i, // Gmail
];

/**
 * The next hop's own name for a message, as its webhooks and logs will use it; undefined when the reply tells none.
 *
 * @param text of the reply to the final dot, without codes
 * @internal
 */
export function remoteMessageId(text: string): string | undefined {
  for (const pattern of PATTERNS) {
    const id = pattern.exec(text)?.[1];
    if (id !== undefined) return id;
  }
  return undefined;
}
