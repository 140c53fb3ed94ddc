import type { Mail } from '../../core/mail/mail.js';
import type { Claim } from '../../spool/spool.js';
import { earliestDueAt, type SpooledRecipient } from '../../spool/spooled-mail.js';

/** What is known of a claim that was just made. */
export interface HeldClaimFacts {
  readonly token: string;
  readonly mail: Mail;
  readonly everyone: readonly SpooledRecipient[];
  readonly attempts: number;
  readonly crashes: number;
  /** JSON, or empty. */
  readonly abandoned: string;
  readonly now: number;
  readonly read: () => Buffer | Promise<Buffer>;
  /** The message lies in Redis as it is, to be sent at once. */
  readonly isUnpacked: boolean;
}

/** A claim on a mail in Redis. It knows every recipient, because nobody else can change them while it lives. */
export class HeldClaim implements Claim {
  readonly token: string;
  readonly mail: Mail;
  readonly attempt: number;
  readonly recipients: readonly SpooledRecipient[];
  readonly abandoned: Claim['abandoned'];
  readonly crashes: number;
  readonly everyone: readonly SpooledRecipient[];
  readonly isUnpacked: boolean;
  readonly message: () => Buffer | Promise<Buffer>;
  #message: Buffer | Promise<Buffer> | undefined;

  constructor({
    token,
    mail,
    everyone,
    attempts,
    crashes,
    abandoned,
    now,
    read,
    isUnpacked,
  }: HeldClaimFacts) {
    this.token = token;
    this.mail = mail;
    this.everyone = everyone;
    this.isUnpacked = isUnpacked;
    this.attempt = attempts + 1;
    this.crashes = crashes;
    // The spool said that it is due: a clock that is behind does not make it a mail for nobody.
    const until = Math.max(now, earliestDueAt(everyone) ?? now);
    this.recipients = everyone.filter(({ dueAt }) => dueAt !== undefined && dueAt <= until);
    this.abandoned = abandoned === '' ? undefined : (JSON.parse(abandoned) as Claim['abandoned']);
    this.message = () => this.#message ?? read();
  }

  /** Has the message at hand. */
  keep(message: Buffer | Promise<Buffer>): void {
    this.#message = message;
  }

  /** Waits until the message at hand is unpacked. */
  async ready(): Promise<void> {
    if (this.#message instanceof Promise) this.#message = await this.#message;
  }
}
