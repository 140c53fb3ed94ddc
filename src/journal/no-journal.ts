import { MailRelayError } from '../core/mail-relay-error.js';
import { MailJournal } from './mail-journal.js';

/** Stands for the journal where the option `journal` is false: whoever asks it is told so. */
export class NoJournal extends MailJournal {
  override async timeline(): Promise<never> {
    throw switchedOff();
  }

  override async search(): Promise<never> {
    throw switchedOff();
  }

  override async counters(): Promise<never> {
    throw switchedOff();
  }

  override async find(): Promise<never> {
    throw switchedOff();
  }

  override async erase(): Promise<never> {
    throw switchedOff();
  }
}

function switchedOff(): MailRelayError {
  return new MailRelayError(
    'ERR_MAIL_RELAY_JOURNAL',
    'The journal was asked, but the option journal is false and nothing is recorded. Leave the option out to have one.',
    { field: 'journal' },
  );
}
