import type { ApiAnswer, ApiRefusal } from '../http/api-answer.js';
import { MEANING } from '../http/api-meanings.js';
import { readEnd } from '../http/api-reading.js';
import { textField, type HttpAnswer, type HttpEnd } from '../http/http-call.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { Inexpressible } from '../http/inexpressible.js';
import { jsonBody, messageText } from '../http/json-body.js';
import type { ApiMail, MailApi } from '../http/mail-api.js';
import { headerLines } from '../provider-labels/header-lines.js';
import { mailchimpHeaders } from '../provider-labels/label-headers.js';
import { MANDRILL_ERRORS, MANDRILL_REASONS } from './mandrill-errors.js';

/** How {@link MandrillApi} is reached. @internal */
export interface MandrillSettings {
  readonly apiKey: string;
  readonly baseUrl: string;
}

/** Statuses of a recipient whose mail was taken. */
const TAKEN: ReadonlySet<string> = new Set(['sent', 'queued', 'scheduled']);

/**
 * Mailchimp Transactional's `messages/send-raw`: the message as it would come over SMTP, so tags and metadata stand in
 * header fields. It answers for each recipient.
 *
 * @see https://mailchimp.com/developer/transactional/api/messages/send-mime-document/
 * @internal
 */
export class MandrillApi implements MailApi {
  readonly kind = 'mandrill';
  readonly provider = 'mailchimp';
  readonly limits = {
    maxRecipients: 1000,
    maxMessageBytes: 25_000_000,
    takes: 'raw',
    idempotent: false,
    nullSender: false,
  } as const;
  readonly secrets: readonly string[];

  constructor(private readonly settings: MandrillSettings) {
    this.secrets = [settings.apiKey];
  }

  async submit(mail: ApiMail, exchange: HttpExchange): Promise<ApiAnswer> {
    const header = headerLines(mailchimpHeaders(mail.labels));
    if (header === undefined) throw new Inexpressible('EMETADATA');
    const raw = messageText(await mail.raw(header));
    const end = await this.#post(exchange, 'messages/send-raw', {
      raw_message: raw,
      to: mail.recipients,
      async: false,
    });
    return this.#read(end, (json, answer) => readRecipients(json, answer, mail.recipients));
  }

  async check(exchange: HttpExchange): Promise<ApiAnswer> {
    const end = await this.#post(exchange, 'users/ping2', {});
    return this.#read(end, (json) => (textField(json, 'PING') === undefined ? undefined : { kind: 'taken' }));
  }

  #post(exchange: HttpExchange, path: string, fields: object): Promise<HttpEnd> {
    const { apiKey, baseUrl } = this.settings;
    return exchange.ask({
      method: 'POST',
      url: `${baseUrl}/api/1.0/${path}`,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: jsonBody({ key: apiKey, ...fields }),
    });
  }

  #read(end: HttpEnd, taken: (json: unknown, answer: HttpAnswer) => ApiAnswer | undefined): ApiAnswer {
    return readEnd(
      end,
      taken,
      (json) => {
        const code = textField(json, 'name');
        return code === undefined ? undefined : { code, text: textField(json, 'message') ?? '' };
      },
      MANDRILL_ERRORS,
    );
  }
}

/** An entry for each recipient, in any case of letters; one that is missing leaves everything unclear. */
function readRecipients(
  json: unknown,
  { status }: HttpAnswer,
  recipients: readonly string[],
): ApiAnswer | undefined {
  if (!Array.isArray(json)) return undefined;
  const entries = new Map(json.map((one: unknown) => [textField(one, 'email')?.toLowerCase(), one]));
  const ids = new Map<string, string>();
  const refused = new Map<string, ApiRefusal>();
  for (const address of recipients) {
    const entry = entries.get(address.toLowerCase());
    const state = textField(entry, 'status');
    if (state === undefined) return undefined;
    if (TAKEN.has(state)) {
      ids.set(address, textField(entry, '_id') ?? '');
      continue;
    }
    const reason = textField(entry, 'reject_reason') ?? '';
    const meaning =
      MANDRILL_REASONS.get(reason) ?? (state === 'invalid' ? MEANING.recipient : MEANING.suppressed);
    refused.set(address, { status, meaning, text: `${state} ${reason}`.trim(), isOwn: true });
  }
  return { kind: 'taken', ids, refused };
}
