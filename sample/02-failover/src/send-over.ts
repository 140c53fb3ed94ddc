import type { MailService } from 'nestjs-mail-relay';

/** Sends one mail, and says over which transport it went. */
export async function sendOver(mail: MailService, subject: string): Promise<string> {
  const report = await mail.sendOrThrow({ to: 'ada@example.test', subject, text: 'Hello.' });
  const transport = report.recipients[0]?.transport ?? 'none';
  console.log(`  ${subject.padEnd(34)} went over ${transport}`);
  return transport;
}
