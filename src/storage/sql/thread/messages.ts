import type { MailRelayErrorCode } from '../../../core/mail-relay-error.js';
import type { Moment, SpoolSettings } from '../calls/call-context.js';
import type { CallName } from '../calls/spool-calls.js';
import type { SpoolFileSettings } from '../file/spool-file.js';

/** What the thread is started with. */
export type ThreadSettings = SpoolFileSettings & SpoolSettings;

export interface Call {
  readonly name: CallName;
  readonly args: readonly unknown[];
}

/** Calls that share one transaction. */
export interface CallBatch {
  readonly moment: Moment;
  readonly calls: readonly Call[];
}

/** An error as it crosses from one thread to the other. */
export interface ToldError {
  readonly code: MailRelayErrorCode;
  readonly message: string;
  readonly field?: string | undefined;
  readonly cause?: string | undefined;
}

export type CallAnswer = { readonly value: unknown } | { readonly error: ToldError };

export type ToThread = CallBatch | 'close';

export type FromThread =
  | { readonly kind: 'open' }
  | { readonly kind: 'refused'; readonly error: ToldError }
  | { readonly kind: 'answers'; readonly answers: readonly CallAnswer[] }
  | { readonly kind: 'closed' };
