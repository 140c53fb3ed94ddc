import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { ApiAnswer } from '../http/api-answer.js';
import { refusalOf } from '../http/api-reading.js';
import type { HttpExchange } from '../http/http-exchange.js';
import type { ApiMail, MailApi } from '../http/mail-api.js';
import { namedTags } from '../provider-labels/label-headers.js';
import type { SesCredentials } from './ses-credentials.js';
import { RequestLost, SesRequestHandler } from './ses-request-handler.js';
import { sesError, SES_ERRORS } from './ses-errors.js';

/** How {@link SesApi} is reached. @internal */
export interface SesSettings {
  readonly region: string;
  readonly credentials: SesCredentials | undefined;
  readonly configurationSet: string | undefined;
  /** Undefined for the address of the region. */
  readonly endpoint: string | undefined;
}

type Sdk = typeof import('@aws-sdk/client-sesv2');

/**
 * `SendEmail` of Amazon SES v2 with a raw message, by Amazon's own client: one attempt, over our exchange.
 *
 * @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 * @internal
 */
export class SesApi implements MailApi {
  readonly kind = 'ses';
  readonly provider = 'ses';
  readonly limits = {
    maxRecipients: 50,
    maxMessageBytes: 28_000_000,
    takes: 'raw',
    idempotent: false,
    nullSender: true,
  } as const;
  readonly secrets: readonly string[];
  readonly #handler = new SesRequestHandler();
  #loading: Promise<{ readonly sdk: Sdk; readonly client: SESv2Client }> | undefined;

  constructor(private readonly settings: SesSettings) {
    const { credentials } = settings;
    this.secrets = [credentials?.secretAccessKey ?? '', credentials?.sessionToken ?? ''];
  }

  async submit(mail: ApiMail, exchange: HttpExchange): Promise<ApiAnswer> {
    const raw = await mail.raw();
    return this.#send(exchange, async (client, sdk, abortSignal) => {
      const command = new sdk.SendEmailCommand({
        Content: { Raw: { Data: raw } },
        Destination: { ToAddresses: [...mail.recipients] },
        // SES has a return path of its own; what bounces is passed on to this address.
        ...(mail.from !== '' && { FeedbackForwardingEmailAddress: mail.from }),
        EmailTags: namedTags(mail.labels).map(([Name, Value]) => ({ Name, Value })),
        ConfigurationSetName: this.settings.configurationSet,
      });
      const { MessageId } = await client.send(command, { abortSignal });
      return MessageId === undefined ? { kind: 'unclear' } : { kind: 'taken', id: MessageId };
    });
  }

  /** Whoever may send need not be allowed to ask: a signature that is known is enough. */
  async check(exchange: HttpExchange): Promise<ApiAnswer> {
    const answer = await this.#send(exchange, async (client, sdk, abortSignal) => {
      const { SendingEnabled } = await client.send(new sdk.GetAccountCommand({}), { abortSignal });
      return SendingEnabled === false ? accountPaused() : { kind: 'taken' };
    });
    const maySend = answer.kind === 'refused' && answer.refusal.text.startsWith('AccessDeniedException');
    return maySend ? { kind: 'taken' } : answer;
  }

  async #send(
    exchange: HttpExchange,
    work: (client: SESv2Client, sdk: Sdk, abortSignal: AbortSignal) => Promise<ApiAnswer>,
  ): Promise<ApiAnswer> {
    const { client, sdk } = await (this.#loading ??= this.#load());
    // Never aborted: the exchange ends its request by itself. It tells the request from others.
    const { signal } = new AbortController();
    this.#handler.carry(signal, exchange);
    try {
      return await work(client, sdk, signal);
    } catch (error) {
      return this.#failed(error, signal);
    }
  }

  async #load(): Promise<{ readonly sdk: Sdk; readonly client: SESv2Client }> {
    const sdk = await import('@aws-sdk/client-sesv2');
    const { region, credentials, endpoint } = this.settings;
    const client = new sdk.SESv2Client({
      region,
      maxAttempts: 1,
      requestHandler: this.#handler,
      ...(credentials !== undefined && {
        credentials: {
          accessKeyId: credentials.accessKeyId,
          secretAccessKey: credentials.secretAccessKey,
          ...(credentials.sessionToken !== undefined && { sessionToken: credentials.sessionToken }),
        },
      }),
      ...(endpoint !== undefined && { endpoint }),
    });
    return { sdk, client };
  }

  #failed(error: unknown, signal: AbortSignal): ApiAnswer {
    if (error instanceof RequestLost) return { kind: 'lost', loss: error.loss };
    const answer = this.#handler.answerFor(signal);
    // Before anything was asked: there are no credentials, or the request cannot be made.
    if (answer === undefined)
      return { kind: 'lost', loss: { provenance: 'local', stage: 'auth', errorCode: 'EAUTH' } };
    if (answer.status >= 200 && answer.status < 300) return { kind: 'unclear' };
    const name = error instanceof Error ? error.name : '';
    const told = /^[A-Z]\w{1,100}$/.test(name) && name !== 'SyntaxError' ? name : undefined;
    const message = error instanceof Error ? error.message.slice(0, 4096) : '';
    return {
      kind: 'refused',
      refusal: refusalOf(answer, told === undefined ? undefined : sesError(told, message), SES_ERRORS),
    };
  }
}

function accountPaused(): ApiAnswer {
  const meaning = SES_ERRORS.get('SendingPausedException');
  return { kind: 'refused', refusal: { status: 200, meaning, text: 'sending is not enabled', isOwn: true } };
}
