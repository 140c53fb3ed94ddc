import type { LabelProvider } from '../provider-labels/label-provider.js';
import type { ToldLabels } from '../provider-labels/told-labels.js';
import type { ApiAnswer } from './api-answer.js';
import type { HttpExchange } from './http-exchange.js';
import type { ParsedMessage } from './parsed-message.js';

/** One mail as an API is asked to take it. @internal */
export interface ApiMail {
  readonly mailId: string;
  /** With angle brackets. */
  readonly messageId: string;
  /** The envelope's sender. */
  readonly from: string;
  /** Only those of this request. */
  readonly recipients: readonly string[];
  readonly labels: ToldLabels;
  /** The message, signed where we sign, with these lines of header in front. Rejects with an `Inexpressible`. */
  readonly raw: (header?: Buffer) => Promise<Buffer>;
  /** The message taken apart, for APIs that compose it anew. Rejects with an `Inexpressible`. */
  readonly parsed: () => Promise<ParsedMessage>;
}

/** What an API takes at most. @internal */
export interface ApiLimits {
  /** Recipients of one request. A raw message goes to more of them in several requests. */
  readonly maxRecipients: number;
  /** Octets of a message. */
  readonly maxMessageBytes: number;
  /** `raw`: it takes the message as it is. `parsed`: it takes its parts, and composes and signs by itself. */
  readonly takes: 'raw' | 'parsed';
  /** True where it takes a mail once however often it is asked with the same key, and answers the same. */
  readonly idempotent: boolean;
  /** True where the envelope's sender is used, so that the null sender can be. */
  readonly nullSender: boolean;
}

/**
 * What differs between the APIs of providers: how a mail is written for them, and what their answers mean. Everything
 * else is the same for all.
 *
 * @internal
 */
export interface MailApi {
  /** What the transport calls itself. */
  readonly kind: string;
  readonly provider: LabelProvider;
  readonly limits: ApiLimits;
  /** None of these may ever be shown. */
  readonly secrets: readonly string[];
  /** Asks the API to take a mail. Throws `Inexpressible` alone. */
  submit(mail: ApiMail, exchange: HttpExchange): Promise<ApiAnswer>;
  /** Asks whether the API would take mail, without giving any. */
  check(exchange: HttpExchange): Promise<ApiAnswer>;
}
