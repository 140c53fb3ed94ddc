import type { FailureClass, SmtpStage } from '../../core/failure/delivery-failure.js';

/** What an exit code means, in SMTP's words. @internal */
export interface ExitMeaning {
  readonly name: string;
  readonly class: FailureClass;
  readonly stage: SmtpStage;
  readonly code: number;
  readonly enhanced: string;
}

const TROUBLE = { class: 'network', stage: 'eod', code: 451, enhanced: '4.3.0' } as const;

/**
 * The exit codes that programs called sendmail have in common.
 *
 * Source: sysexits(3), sendmail(8).
 *
 * @internal
 */
export const EXIT_CODES: ReadonlyMap<number, ExitMeaning> = new Map<number, ExitMeaning>([
  [64, { name: 'EX_USAGE', class: 'protocol', stage: 'mail', code: 500, enhanced: '5.5.4' }],
  [65, { name: 'EX_DATAERR', class: 'message', stage: 'eod', code: 554, enhanced: '5.6.0' }],
  [67, { name: 'EX_NOUSER', class: 'hard.recipient', stage: 'rcpt', code: 550, enhanced: '5.1.1' }],
  [68, { name: 'EX_NOHOST', class: 'hard.domain', stage: 'rcpt', code: 550, enhanced: '5.1.2' }],
  [69, { name: 'EX_UNAVAILABLE', ...TROUBLE }],
  [70, { name: 'EX_SOFTWARE', ...TROUBLE }],
  [71, { name: 'EX_OSERR', ...TROUBLE }],
  [72, { name: 'EX_OSFILE', ...TROUBLE }],
  [73, { name: 'EX_CANTCREAT', ...TROUBLE }],
  [74, { name: 'EX_IOERR', ...TROUBLE }],
  [75, { name: 'EX_TEMPFAIL', ...TROUBLE }],
  [76, { name: 'EX_PROTOCOL', class: 'protocol', stage: 'eod', code: 500, enhanced: '5.5.0' }],
  [77, { name: 'EX_NOPERM', class: 'our_account', stage: 'auth', code: 530, enhanced: '5.7.0' }],
  [78, { name: 'EX_CONFIG', class: 'our_account', stage: 'auth', code: 530, enhanced: '5.7.0' }],
]);

/** Any other code; the shell's 126 and 127 are among them. @internal */
export const OTHER_EXIT: ExitMeaning = { name: 'other', ...TROUBLE };
