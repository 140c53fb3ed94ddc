import { randomUUID } from 'node:crypto';
import type { ApiAnswer } from '../http/api-answer.js';
import { readEnd } from '../http/api-reading.js';
import { textField, type HttpCall, type HttpEnd } from '../http/http-call.js';
import type { HttpExchange } from '../http/http-exchange.js';
import type { ApiMail, MailApi } from '../http/mail-api.js';
import { MAILGUN_ERRORS, mailgunError } from './mailgun-errors.js';

/** How {@link MailgunApi} is reached. @internal */
export interface MailgunSettings {
  readonly apiKey: string;
  readonly domain: string;
  readonly baseUrl: string;
}

/**
 * Mailgun's `messages.mime`: a form with the raw message as a file.
 *
 * @see https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages
 * @internal
 */
export class MailgunApi implements MailApi {
  readonly kind = 'mailgun';
  readonly provider = 'mailgun';
  readonly limits = {
    maxRecipients: 1000,
    maxMessageBytes: 25_000_000,
    takes: 'raw',
    idempotent: false,
    nullSender: false,
  } as const;
  readonly secrets: readonly string[];
  readonly #call: Omit<HttpCall, 'body'>;

  constructor({ apiKey, domain, baseUrl }: MailgunSettings) {
    const credentials = Buffer.from(`api:${apiKey}`).toString('base64');
    this.secrets = [apiKey, credentials];
    this.#call = {
      method: 'POST',
      url: `${baseUrl}/v3/${domain}/messages.mime`,
      headers: { authorization: `Basic ${credentials}`, accept: 'application/json' },
    };
  }

  async submit(mail: ApiMail, exchange: HttpExchange): Promise<ApiAnswer> {
    const { tags, metadata } = mail.labels;
    const fields = [
      ...mail.recipients.map((address) => ['to', address] as const),
      ...tags.map((tag) => ['o:tag', tag] as const),
      ...metadata.map(([key, value]) => [`v:${key}`, value] as const),
    ];
    return this.#read(await exchange.ask(this.#form(fields, await mail.raw())));
  }

  /** A form without a message: whoever has no right to send is told so first, and nothing can be sent. */
  async check(exchange: HttpExchange): Promise<ApiAnswer> {
    const answer = this.#read(await exchange.ask(this.#form([], undefined)));
    return answer.kind === 'refused' && answer.refusal.status === 400 ? { kind: 'taken' } : answer;
  }

  #form(fields: readonly (readonly [name: string, value: string])[], message: Buffer | undefined): HttpCall {
    const boundary = `=_mail-${randomUUID()}`;
    const part = (disposition: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`;
    const parts: Buffer[] = fields.map(([name, value]) =>
      Buffer.from(`${part(`name="${name}"`)}\r\n${value}\r\n`),
    );
    if (message !== undefined) {
      const file = part('name="message"; filename="message.eml"');
      parts.push(Buffer.from(`${file}Content-Type: message/rfc822\r\n\r\n`), message, Buffer.from('\r\n'));
    }
    const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
    const type = { 'content-type': `multipart/form-data; boundary="${boundary}"` };
    return { ...this.#call, headers: { ...this.#call.headers, ...type }, body };
  }

  #read(end: HttpEnd): ApiAnswer {
    return readEnd(
      end,
      (json) => {
        const id = textField(json, 'id');
        // Webhooks tell it without the brackets.
        return id === undefined ? undefined : { kind: 'taken', id: id.replace(/^<(.*)>$/, '$1') };
      },
      (json, { status }) => {
        const message = textField(json, 'message');
        return message === undefined ? undefined : mailgunError(status, message);
      },
      MAILGUN_ERRORS,
    );
  }
}
