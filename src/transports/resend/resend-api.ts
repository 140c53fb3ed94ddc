import type { ApiAnswer } from '../http/api-answer.js';
import { readEnd } from '../http/api-reading.js';
import { fieldOf, jsonOf, textField, type HttpAnswer, type HttpEnd } from '../http/http-call.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { Inexpressible } from '../http/inexpressible.js';
import { headerObject, jsonBody } from '../http/json-body.js';
import type { ApiMail, MailApi } from '../http/mail-api.js';
import { recipientRoles, written } from '../http/recipient-roles.js';
import { idempotencyKey } from '../idempotency-key.js';
import { namedTags } from '../provider-labels/label-headers.js';
import { resendError, RESEND_ERRORS, RESEND_UNCLEAR } from './resend-errors.js';

/** How {@link ResendApi} is reached. @internal */
export interface ResendSettings {
  readonly apiKey: string;
  readonly baseUrl: string;
}

/**
 * Resend's `emails`: it composes the message anew, and takes a mail once within 24 hours.
 *
 * @see https://resend.com/docs/api-reference/emails/send-email
 * @internal
 */
export class ResendApi implements MailApi {
  readonly kind = 'resend';
  readonly provider = 'resend';
  readonly limits = {
    maxRecipients: 50,
    maxMessageBytes: 40_000_000,
    takes: 'parsed',
    idempotent: true,
    nullSender: false,
  } as const;
  readonly secrets: readonly string[];

  constructor(private readonly settings: ResendSettings) {
    this.secrets = [settings.apiKey];
  }

  async submit(mail: ApiMail, exchange: HttpExchange): Promise<ApiAnswer> {
    const message = await mail.parsed();
    if (message.renderings.length > 0) throw new Inexpressible('EPART');
    const { to, cc, bcc } = recipientRoles(mail.recipients, message);
    const body = jsonBody({
      from: written(message.from),
      to: to.map(written),
      cc: cc.map(written),
      bcc: bcc.map(written),
      reply_to: message.replyTo.map(written),
      subject: message.subject,
      text: message.text,
      html: message.html,
      headers: headerObject(message.headers),
      attachments: message.files.map(({ fileName, contentType, content, cid }) => ({
        filename: fileName,
        content_type: contentType,
        content: content.toString('base64'),
        content_id: cid,
      })),
      tags: namedTags(mail.labels).map(([name, value]) => ({ name, value })),
    });
    const end = await exchange.ask({
      method: 'POST',
      url: `${this.settings.baseUrl}/emails`,
      headers: {
        ...this.#headers(),
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey(mail.mailId, mail.recipients),
      },
      body,
    });
    if (end.kind === 'answer' && RESEND_UNCLEAR.has(textField(jsonOf(end.answer), 'name') ?? '')) {
      return { kind: 'unclear' };
    }
    return this.#read(end, (json) => {
      const id = textField(json, 'id');
      return id === undefined ? undefined : { kind: 'taken', id };
    });
  }

  /** A key that may only send is told so here, and may send. */
  async check(exchange: HttpExchange): Promise<ApiAnswer> {
    const url = `${this.settings.baseUrl}/domains`;
    const end = await exchange.ask({ method: 'GET', url, headers: this.#headers() });
    if (end.kind === 'answer' && textField(jsonOf(end.answer), 'name') === 'restricted_api_key') {
      return { kind: 'taken' };
    }
    return this.#read(end, (json) => (fieldOf(json, 'data') === undefined ? undefined : { kind: 'taken' }));
  }

  #headers(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.settings.apiKey}`, accept: 'application/json' };
  }

  #read(end: HttpEnd, taken: (json: unknown, answer: HttpAnswer) => ApiAnswer | undefined): ApiAnswer {
    return readEnd(
      end,
      taken,
      (json, { status }) => {
        const name = textField(json, 'name');
        return name === undefined ? undefined : resendError(status, name, textField(json, 'message') ?? '');
      },
      RESEND_ERRORS,
    );
  }
}
