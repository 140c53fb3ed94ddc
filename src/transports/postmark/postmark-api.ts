import type { ApiAnswer, ApiRefusal } from '../http/api-answer.js';
import { MEANING } from '../http/api-meanings.js';
import { readEnd, refusalOf, type ToldError } from '../http/api-reading.js';
import { fieldOf, textField, type HttpAnswer, type HttpEnd } from '../http/http-call.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { Inexpressible } from '../http/inexpressible.js';
import { jsonBody } from '../http/json-body.js';
import type { ApiMail, MailApi } from '../http/mail-api.js';
import { recipientRoles, written } from '../http/recipient-roles.js';
import { inactiveAddresses, postmarkError, POSTMARK_ERRORS } from './postmark-errors.js';

/** How {@link PostmarkApi} is reached. @internal */
export interface PostmarkSettings {
  readonly serverToken: string;
  readonly messageStream: string | undefined;
  readonly baseUrl: string;
}

/**
 * Postmark's `email`: it composes the message anew, with our Message-ID.
 *
 * @see https://postmarkapp.com/developer/api/email-api
 * @internal
 */
export class PostmarkApi implements MailApi {
  readonly kind = 'postmark';
  readonly provider = 'postmark';
  readonly limits = {
    maxRecipients: 50,
    maxMessageBytes: 10_000_000,
    takes: 'parsed',
    idempotent: false,
    nullSender: false,
  } as const;
  readonly secrets: readonly string[];

  constructor(private readonly settings: PostmarkSettings) {
    this.secrets = [settings.serverToken];
  }

  async submit(mail: ApiMail, exchange: HttpExchange): Promise<ApiAnswer> {
    const message = await mail.parsed();
    // An invitation or another rendering would be shown as a file.
    if (message.renderings.length > 0) throw new Inexpressible('EPART');
    const { to, cc, bcc } = recipientRoles(mail.recipients, message);
    const listed = (addresses: typeof to) => addresses.map(written).join(', ') || undefined;
    const headers = [...message.headers, ['Message-ID', mail.messageId], ['X-PM-KeepID', 'true']] as const;
    const end = await this.#ask(exchange, 'POST', 'email', {
      From: written(message.from),
      To: listed(to),
      Cc: listed(cc),
      Bcc: listed(bcc),
      ReplyTo: listed(message.replyTo),
      Subject: message.subject,
      TextBody: message.text,
      HtmlBody: message.html,
      Headers: headers.map(([Name, Value]) => ({ Name, Value })),
      Attachments: message.files.map(({ fileName, contentType, content, cid }) => ({
        Name: fileName,
        ContentType: contentType,
        Content: content.toString('base64'),
        ...(cid !== undefined && { ContentID: `cid:${cid}` }),
      })),
      Tag: mail.labels.tags[0],
      Metadata: Object.fromEntries(mail.labels.metadata),
      MessageStream: this.settings.messageStream,
    });
    return this.#read(end, (json, answer) => this.#taken(json, answer, mail.recipients));
  }

  async check(exchange: HttpExchange): Promise<ApiAnswer> {
    const end = await this.#ask(exchange, 'GET', 'server');
    return this.#read(end, (json) => (fieldOf(json, 'ID') === undefined ? undefined : { kind: 'taken' }));
  }

  #ask(exchange: HttpExchange, method: 'GET' | 'POST', path: string, body?: object): Promise<HttpEnd> {
    const { serverToken, baseUrl } = this.settings;
    const type = body === undefined ? undefined : { 'content-type': 'application/json' };
    return exchange.ask({
      method,
      url: `${baseUrl}/${path}`,
      headers: { 'x-postmark-server-token': serverToken, accept: 'application/json', ...type },
      body: body && jsonBody(body),
    });
  }

  #read(end: HttpEnd, taken: (json: unknown, answer: HttpAnswer) => ApiAnswer | undefined): ApiAnswer {
    return readEnd(end, taken, toldError, POSTMARK_ERRORS);
  }

  #taken(json: unknown, answer: HttpAnswer, recipients: readonly string[]): ApiAnswer | undefined {
    const told = toldError(json);
    // A success whose body says that it is none.
    if (told !== undefined && told.code !== '0') {
      return { kind: 'refused', refusal: refusalOf(answer, told, POSTMARK_ERRORS) };
    }
    const id = textField(json, 'MessageID');
    if (id === undefined) return undefined;
    const inactive = inactiveAddresses(textField(json, 'Message') ?? '');
    const refusal: ApiRefusal = {
      status: answer.status,
      meaning: MEANING.suppressed,
      text: '406 inactive recipient',
      isOwn: true,
    };
    const refused = recipients.filter((address) => inactive.has(address.toLowerCase()));
    return { kind: 'taken', id, refused: new Map(refused.map((address) => [address, refusal])) };
  }
}

function toldError(json: unknown): ToldError | undefined {
  const code = fieldOf(json, 'ErrorCode');
  return typeof code === 'number' ? postmarkError(code, textField(json, 'Message') ?? '') : undefined;
}
