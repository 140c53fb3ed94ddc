import type { Mail } from '../core/mail/mail.js';
import type { SpoolEntry } from '../spool/spool.js';
import type { SpooledRecipient } from '../spool/spooled-mail.js';

/** A mail for contract suites: everything set, whatever is given replaced. */
export function sampleMail(changes: Partial<Mail> & Pick<Mail, 'id'>): Mail {
  return {
    relay: 'default',
    messageId: `<${changes.id}@acme.test>`,
    stream: 'transactional',
    lane: 'transactional',
    tenant: '',
    envelope: { from: 'hello@acme.test', to: ['ada@example.test'] },
    fromDomain: 'acme.test',
    tags: [],
    metadata: {},
    createdAt: 0,
    dueAt: 0,
    expiresAt: Number.MAX_SAFE_INTEGER,
    smtpUtf8: false,
    sizeBytes: 5,
    ...changes,
  };
}

/** A spool entry for a mail: every recipient queued at the mail's due time. */
export function sampleEntry(mail: Mail, changes: Partial<SpoolEntry> = {}): SpoolEntry {
  return {
    mail,
    message: Buffer.from('hello'),
    recipients: mail.envelope.to.map((address): SpooledRecipient => ({
      address,
      state: 'queued',
      dueAt: mail.dueAt,
    })),
    ...changes,
  };
}
