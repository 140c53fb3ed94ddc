import type { FailureClass, SmtpStage } from '../../core/failure/delivery-failure.js';
import type { HttpLoss } from './http-call.js';

/**
 * What a documented error of an API means, in SMTP's words. A `code` of 500 and more makes it final where its class
 * is.
 *
 * @internal
 */
export interface ApiMeaning {
  readonly class: FailureClass;
  readonly stage: SmtpStage;
  readonly code: number;
  readonly enhanced: string;
  /** True where our account is fine, but may not send as this From domain. */
  readonly identity?: boolean;
}

/** An error that an API answered. @internal */
export interface ApiRefusal {
  /** Undefined where the API's documentation does not know the error: the status decides. */
  readonly meaning: ApiMeaning | undefined;
  readonly status: number;
  /** The API's code and message. */
  readonly text: string;
  /** True when the body was the API's own, and not that of something in front of it. */
  readonly isOwn: boolean;
  readonly retryAfterMs?: number | undefined;
}

/** What an API said about a mail, for the recipients it was asked for. @internal */
export type ApiAnswer =
  | {
      readonly kind: 'taken';
      readonly id?: string | undefined;
      /** Recipients with an id of their own. */
      readonly ids?: ReadonlyMap<string, string> | undefined;
      /** Recipients that were not taken although others were. */
      readonly refused?: ReadonlyMap<string, ApiRefusal> | undefined;
    }
  | { readonly kind: 'refused'; readonly refusal: ApiRefusal }
  /** A success that cannot be read: nobody knows for whom. */
  | { readonly kind: 'unclear' }
  | { readonly kind: 'lost'; readonly loss: HttpLoss };
