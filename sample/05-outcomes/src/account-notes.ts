import { EventEmitter, once } from 'node:events';
import { Injectable } from '@nestjs/common';
import { OnMailEvent, type MailBounced, type MailComplained, type MailSent } from 'nestjs-mail-relay';

/** What an application keeps with an account. A database would be the place: its writes may fail, and are tried again. */
@Injectable()
export class AccountNotes {
  readonly notes = new Map<string, string>();
  readonly #changes = new EventEmitter();
  #failures = 0;

  @OnMailEvent('sent')
  sent({ recipient }: MailSent): void {
    this.#note(recipient, 'mail goes there');
  }

  /** Durable: it hears a bounce again until it fulfils, also after the process was killed. */
  @OnMailEvent('bounced', { durable: true })
  bounced({ recipient, failure }: MailBounced): void {
    if (this.#failures++ === 0) throw new Error('the database is away for a moment');
    this.#note(recipient, `refused: ${failure?.class ?? 'told from outside'}`);
  }

  @OnMailEvent('complained', { durable: true })
  complained({ recipient }: MailComplained): void {
    this.#note(recipient, 'called it spam');
  }

  /** Resolves when there is such a note; rejects when the time is over. */
  async waitFor(recipient: string, note: string, withinMs: number): Promise<void> {
    const signal = AbortSignal.timeout(withinMs);
    const isThere = (): boolean => this.notes.get(recipient)?.startsWith(note) ?? false;
    while (!isThere()) await once(this.#changes, 'note', { signal });
  }

  #note(recipient: string, note: string): void {
    this.notes.set(recipient, note);
    this.#changes.emit('note');
  }
}
