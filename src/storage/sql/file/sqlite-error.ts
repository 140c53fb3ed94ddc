import { MailRelayError } from '../../../core/mail-relay-error.js';

const WHAT_TO_DO: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_FULL/, 'The disk is full: make room, and the relay goes on by itself.'],
  [/^SQLITE_READONLY/, 'The file or its folder may not be written: check their owner and mode.'],
  [/^SQLITE_CANTOPEN/, 'The file cannot be opened: check that its folder exists and may be written.'],
  [/^SQLITE_NOTADB/, 'The file is no SQLite database: check the option file.'],
  [
    /^SQLITE_CORRUPT/,
    'The file is damaged: stop the application, keep a copy, and try `sqlite3 <file> .recover`.',
  ],
  [/^SQLITE_IOERR/, 'The disk failed: check it and the system log.'],
  [/^SQLITE_(BUSY|LOCKED)/, 'Something else holds the file: only this relay may have it open.'],
];

/** The code of an error of SQLite; undefined for any other. */
export function sqliteCodeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
}

/** What a failure of the file means for whoever asked. Values of a statement are never part of it. */
export function fileError(file: string, error: unknown): MailRelayError {
  if (MailRelayError.is(error)) return error;
  const code = sqliteCodeOf(error);
  const advice =
    WHAT_TO_DO.find(([pattern]) => code !== undefined && pattern.test(code))?.[1] ??
    'This is unexpected: the cause says more.';
  return new MailRelayError(
    'ERR_MAIL_RELAY_SPOOL_UNAVAILABLE',
    `The spool in ${file} could not do what it was asked (${code ?? 'no code of SQLite'}). ${advice}`,
    { cause: error },
  );
}
