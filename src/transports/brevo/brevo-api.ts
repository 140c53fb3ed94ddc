import { isAscii } from '../../core/address/ascii.js';
import type { ApiAnswer } from '../http/api-answer.js';
import { readEnd } from '../http/api-reading.js';
import { fieldOf, jsonOf, textField, type HttpAnswer, type HttpEnd } from '../http/http-call.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { Inexpressible } from '../http/inexpressible.js';
import { headerObject, jsonBody, some } from '../http/json-body.js';
import type { ApiMail, MailApi } from '../http/mail-api.js';
import type { ParsedFile, ParsedMessage } from '../http/parsed-message.js';
import { person, recipientRoles } from '../http/recipient-roles.js';
import { idempotencyUuid } from '../idempotency-key.js';
import { asciiJson } from '../provider-labels/label-limits.js';
import { brevoError, BREVO_ERRORS, BREVO_REPEATED } from './brevo-errors.js';

/** How {@link BrevoApi} is reached. @internal */
export interface BrevoSettings {
  readonly apiKey: string;
  readonly htmlFromText: boolean;
  readonly baseUrl: string;
}

/**
 * Brevo's `smtp/email`: it composes the message anew. Of what mail can be it takes less than others: html is a must,
 * html has no inline parts, there is one Reply-To, and files go by the ending of their names.
 *
 * @see https://developers.brevo.com/reference/sendtransacemail
 * @internal
 */
export class BrevoApi implements MailApi {
  readonly kind = 'brevo';
  readonly provider = 'brevo';
  readonly limits = {
    maxRecipients: 99,
    maxMessageBytes: 20_000_000,
    takes: 'parsed',
    idempotent: true,
    nullSender: false,
  } as const;
  readonly secrets: readonly string[];

  constructor(private readonly settings: BrevoSettings) {
    this.secrets = [settings.apiKey];
  }

  async submit(mail: ApiMail, exchange: HttpExchange): Promise<ApiAnswer> {
    const message = this.#withHtml(await mail.parsed());
    const { to, cc, bcc } = recipientRoles(mail.recipients, message);
    refuseWhatIsLost(message);
    const { tags, metadata } = mail.labels;
    const [replyTo] = message.replyTo;
    const end = await exchange.ask({
      method: 'POST',
      url: `${this.settings.baseUrl}/v3/smtp/email`,
      headers: { ...this.#headers(), 'content-type': 'application/json' },
      body: jsonBody({
        sender: person(message.from),
        to: to.map(person),
        cc: some(cc.map(person)),
        bcc: some(bcc.map(person)),
        replyTo: replyTo && person(replyTo),
        subject: message.subject,
        htmlContent: message.html,
        textContent: message.text,
        attachment: some(
          message.files.map(({ fileName, content }) => ({
            name: fileName,
            content: content.toString('base64'),
          })),
        ),
        headers: headerObject([
          ...message.headers,
          ...(metadata.length === 0
            ? []
            : [['X-Mailin-custom', asciiJson(Object.fromEntries(metadata))] as const]),
          ['idempotencyKey', idempotencyUuid(mail.mailId, mail.recipients)],
        ]),
        tags: some(tags),
      }),
    });
    if (end.kind === 'answer' && textField(jsonOf(end.answer), 'code') === BREVO_REPEATED)
      return { kind: 'unclear' };
    return this.#read(end, (json) => {
      const id = textField(json, 'messageId');
      return id === undefined ? undefined : { kind: 'taken', id };
    });
  }

  async check(exchange: HttpExchange): Promise<ApiAnswer> {
    const url = `${this.settings.baseUrl}/v3/account`;
    const end = await exchange.ask({ method: 'GET', url, headers: this.#headers() });
    return this.#read(end, (json) => (fieldOf(json, 'email') === undefined ? undefined : { kind: 'taken' }));
  }

  #withHtml(message: ParsedMessage): ParsedMessage {
    if (message.html !== undefined || !this.settings.htmlFromText) return message;
    return { ...message, html: htmlOf(message.text ?? '') };
  }

  #headers(): Readonly<Record<string, string>> {
    return { 'api-key': this.settings.apiKey, accept: 'application/json' };
  }

  #read(end: HttpEnd, taken: (json: unknown, answer: HttpAnswer) => ApiAnswer | undefined): ApiAnswer {
    return readEnd(
      end,
      taken,
      (json) => {
        const code = textField(json, 'code');
        return code === undefined ? undefined : brevoError(code, textField(json, 'message') ?? '');
      },
      BREVO_ERRORS,
    );
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function htmlOf(text: string): string {
  const escaped = text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
  return `<div style="white-space:pre-wrap">${escaped}</div>`;
}

function refuseWhatIsLost({ html, files, renderings, replyTo, headers }: ParsedMessage): void {
  if (html === undefined || renderings.length > 0 || files.some(isLost)) throw new Inexpressible('EPART');
  if (replyTo.length > 1 || !headers.flat().every(isAscii)) throw new Inexpressible('EHEADER');
}

function isLost({ fileName, cid }: ParsedFile): boolean {
  return cid !== undefined || !isAscii(fileName) || !/[^.]\.[A-Za-z0-9]{1,8}$/.test(fileName);
}
