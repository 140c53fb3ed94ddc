import type { ApiAnswer } from '../http/api-answer.js';
import { MEANING } from '../http/api-meanings.js';
import { readEnd } from '../http/api-reading.js';
import { fieldOf, textField, type HttpAnswer, type HttpEnd } from '../http/http-call.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { jsonBody, messageText } from '../http/json-body.js';
import type { ApiMail, MailApi } from '../http/mail-api.js';
import { SPARKPOST_ERRORS } from './sparkpost-errors.js';

/** How {@link SparkPostApi} is reached. @internal */
export interface SparkPostSettings {
  readonly apiKey: string;
  readonly baseUrl: string;
}

/**
 * SparkPost's transmissions with `email_rfc822`. Its answer says how many recipients were refused, but not which:
 * so each gets a request.
 *
 * @see https://developers.sparkpost.com/api/transmissions/
 * @internal
 */
export class SparkPostApi implements MailApi {
  readonly kind = 'sparkpost';
  readonly provider = 'sparkpost';
  readonly limits = {
    maxRecipients: 1,
    maxMessageBytes: 20_000_000,
    takes: 'raw',
    idempotent: false,
    nullSender: false,
  } as const;
  readonly secrets: readonly string[];

  constructor(private readonly settings: SparkPostSettings) {
    this.secrets = [settings.apiKey];
  }

  async submit(mail: ApiMail, exchange: HttpExchange): Promise<ApiAnswer> {
    const { tags, metadata } = mail.labels;
    const end = await this.#ask(exchange, 'POST', 'transmissions', {
      // The message is complete: nothing is to be filled in, and nothing changed under its signature.
      options: { perform_substitutions: false, open_tracking: false, click_tracking: false },
      metadata: Object.fromEntries(metadata),
      recipients: mail.recipients.map((email) => ({ address: { email }, tags })),
      content: { email_rfc822: messageText(await mail.raw()) },
    });
    return this.#read(end, taken);
  }

  /** A key that may only send is told 403 here, and may send. */
  async check(exchange: HttpExchange): Promise<ApiAnswer> {
    const answer = this.#read(await this.#ask(exchange, 'GET', 'account'), () => ({ kind: 'taken' }));
    const maySend = answer.kind === 'refused' && answer.refusal.status === 403 && answer.refusal.isOwn;
    return maySend ? { kind: 'taken' } : answer;
  }

  #ask(exchange: HttpExchange, method: 'GET' | 'POST', path: string, body?: object): Promise<HttpEnd> {
    const { apiKey, baseUrl } = this.settings;
    const type = body === undefined ? undefined : { 'content-type': 'application/json' };
    return exchange.ask({
      method,
      url: `${baseUrl}/api/v1/${path}`,
      headers: { authorization: apiKey, accept: 'application/json', ...type },
      body: body && jsonBody(body),
    });
  }

  #read(end: HttpEnd, read: (json: unknown, answer: HttpAnswer) => ApiAnswer | undefined): ApiAnswer {
    return readEnd(end, read, toldError, SPARKPOST_ERRORS);
  }
}

function taken(json: unknown, { status }: HttpAnswer): ApiAnswer | undefined {
  const results = fieldOf(json, 'results');
  const accepted = fieldOf(results, 'total_accepted_recipients');
  if (accepted === 1) return { kind: 'taken', id: textField(results, 'id') };
  if (accepted !== 0) return undefined;
  const text = 'no recipient was accepted';
  return { kind: 'refused', refusal: { status, meaning: MEANING.recipient, text, isOwn: true } };
}

function toldError(json: unknown) {
  const errors = fieldOf(json, 'errors');
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const message = textField(first, 'message');
  if (message === undefined) return undefined;
  const description = textField(first, 'description');
  const text = description === undefined ? message : `${message}: ${description}`;
  return { code: textField(first, 'code') ?? '', text };
}
