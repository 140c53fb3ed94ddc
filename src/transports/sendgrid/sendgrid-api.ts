import type { ApiAnswer } from '../http/api-answer.js';
import { readEnd } from '../http/api-reading.js';
import { fieldOf, textField, type HttpAnswer, type HttpEnd } from '../http/http-call.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { Inexpressible } from '../http/inexpressible.js';
import { headerObject, jsonBody, some } from '../http/json-body.js';
import type { ApiMail, MailApi } from '../http/mail-api.js';
import type { ParsedMessage } from '../http/parsed-message.js';
import { person, recipientRoles } from '../http/recipient-roles.js';
import { sendgridError, SENDGRID_ERRORS } from './sendgrid-errors.js';

/** How {@link SendGridApi} is reached. @internal */
export interface SendGridSettings {
  readonly apiKey: string;
  readonly baseUrl: string;
}

/** Header fields that it refuses beside those that have fields of their own. */
const RESERVED: ReadonlySet<string> = new Set(['x-sg-id', 'x-sg-eid', 'received']);

/**
 * SendGrid's `mail/send`: it composes the message anew.
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
 * @internal
 */
export class SendGridApi implements MailApi {
  readonly kind = 'sendgrid';
  readonly provider = 'sendgrid';
  readonly limits = {
    maxRecipients: 1000,
    maxMessageBytes: 30_000_000,
    takes: 'parsed',
    idempotent: false,
    nullSender: false,
  } as const;
  readonly secrets: readonly string[];

  constructor(private readonly settings: SendGridSettings) {
    this.secrets = [settings.apiKey];
  }

  async submit(mail: ApiMail, exchange: HttpExchange): Promise<ApiAnswer> {
    const message = await mail.parsed();
    const { to, cc, bcc } = recipientRoles(mail.recipients, message);
    if (message.headers.some(([name]) => RESERVED.has(name.toLowerCase())))
      throw new Inexpressible('EHEADER');
    const end = await this.#ask(exchange, 'POST', 'mail/send', {
      personalizations: [{ to: to.map(person), cc: some(cc.map(person)), bcc: some(bcc.map(person)) }],
      from: person(message.from),
      reply_to_list: some(message.replyTo.map(person)),
      subject: message.subject,
      content: contentOf(message),
      attachments: some(
        message.files.map(({ fileName, contentType, content, cid }) => ({
          filename: fileName,
          type: contentType,
          content: content.toString('base64'),
          ...(cid === undefined ? { disposition: 'attachment' } : { disposition: 'inline', content_id: cid }),
        })),
      ),
      headers: headerObject([...message.headers, ['Message-ID', mail.messageId]]),
      categories: some(mail.labels.tags),
      custom_args: Object.fromEntries(mail.labels.metadata),
    });
    // 202 without a body; the id stands in a header.
    return this.#read(end, (_json, { headers }) => ({
      kind: 'taken',
      id: headers.get('x-message-id') ?? undefined,
    }));
  }

  async check(exchange: HttpExchange): Promise<ApiAnswer> {
    return this.#read(await this.#ask(exchange, 'GET', 'scopes'), (json) =>
      fieldOf(json, 'scopes') === undefined ? undefined : { kind: 'taken' },
    );
  }

  #ask(exchange: HttpExchange, method: 'GET' | 'POST', path: string, body?: object): Promise<HttpEnd> {
    const { apiKey, baseUrl } = this.settings;
    const type = body === undefined ? undefined : { 'content-type': 'application/json' };
    return exchange.ask({
      method,
      url: `${baseUrl}/v3/${path}`,
      headers: { authorization: `Bearer ${apiKey}`, accept: 'application/json', ...type },
      body: body && jsonBody(body),
    });
  }

  #read(end: HttpEnd, taken: (json: unknown, answer: HttpAnswer) => ApiAnswer | undefined): ApiAnswer {
    return readEnd(
      end,
      taken,
      (json, { status }) => {
        const errors = fieldOf(json, 'errors');
        const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
        const message = textField(first, 'message');
        if (message === undefined) return undefined;
        return sendgridError(status, message, textField(first, 'field') ?? '');
      },
      SENDGRID_ERRORS,
    );
  }
}

/** In the order that it asks for: plain text, other renderings, html. */
function contentOf({ text, html, renderings }: ParsedMessage): readonly object[] {
  const content = [
    ...(text === undefined || text === '' ? [] : [{ type: 'text/plain', value: text }]),
    ...renderings.map(({ contentType, content: value }) => ({ type: contentType, value })),
    ...(html === undefined ? [] : [{ type: 'text/html', value: html }]),
  ];
  // It takes no message without content.
  if (content.length === 0) throw new Inexpressible('EPART');
  return content;
}
