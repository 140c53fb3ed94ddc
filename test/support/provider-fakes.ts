/**
 * The APIs of providers as their documentation describes them: what a request asks, and what they answer.
 */
import type { TransportDefinition } from '../../src/transports/transport-definition.js';
import type { ApiTransportOptions } from '../../src/transports/http/api-options.js';
import { brevo } from '../../src/transports/brevo/brevo.js';
import { mailgun } from '../../src/transports/mailgun/mailgun.js';
import { mandrill } from '../../src/transports/mandrill/mandrill.js';
import { postmark } from '../../src/transports/postmark/postmark.js';
import { resend } from '../../src/transports/resend/resend.js';
import { sendgrid } from '../../src/transports/sendgrid/sendgrid.js';
import { ses } from '../../src/transports/ses/ses.js';
import { sparkpost } from '../../src/transports/sparkpost/sparkpost.js';
import type { ApiReply, ApiRequest } from './http-mail-api.js';

export const SECRET = 'key-open-sesame-0123456789';

export interface ProviderFake {
  readonly open: (options: ApiTransportOptions) => TransportDefinition;
  /** Takes the message as it is, or composes it anew. */
  readonly takes: 'raw' | 'parsed';
  readonly sendPath: string;
  readonly recipients: (request: ApiRequest) => readonly string[];
  /** The raw message; of one that composes, what it was given. */
  readonly message: (request: ApiRequest) => Buffer;
  /** The answer to a mail that is taken, when these of its recipients are refused. */
  readonly answer: (request: ApiRequest, refused: readonly string[]) => ApiReply;
  readonly tooMany: ApiReply;
  readonly unauthorized: ApiReply;
  readonly unverified: ApiReply;
  readonly malformed: ApiReply;
  readonly checked: ApiReply;
  /** What the fake told to take names, in `providerMessageId`. */
  readonly id: string;
}

const json = ({ body }: ApiRequest) => JSON.parse(body.toString()) as Readonly<Record<string, never>>;
const emails = (list: readonly { readonly email: string }[] | undefined) =>
  (list ?? []).map(({ email }) => email);
/** `Ada <ada@x.test>, bob@x.test`. */
const listed = (text: string | undefined) =>
  (text ?? '')
    .split(', ')
    .filter((one) => one !== '')
    .map((one) => /<([^>]+)>$/.exec(one)?.[1] ?? one);
/** Refuses the request as a whole when it names somebody who is refused. */
const allOrNothing =
  (taken: ApiReply, refusal: ApiReply): ProviderFake['answer'] =>
  (_request, refused) =>
    refused.length > 0 ? refusal : taken;

/** The fields of a form: a name may stand there more than once. */
export function formOf({ headers, body }: ApiRequest): readonly (readonly [name: string, value: Buffer])[] {
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const fields: [string, Buffer][] = [];
  const delimiter = Buffer.from(`--${boundary}`);
  for (let at = body.indexOf(delimiter); at !== -1;) {
    const next = body.indexOf(delimiter, at + delimiter.length);
    if (next === -1) break;
    const part = body.subarray(at + delimiter.length + 2, next - 2);
    const gap = part.indexOf('\r\n\r\n');
    const name = /name="([^"]+)"/.exec(part.subarray(0, gap).toString())?.[1] ?? '';
    fields.push([name, part.subarray(gap + 4)]);
    at = next;
  }
  return fields;
}

/** Mandrill takes its own header fields out of a message. */
function withoutControlFields(raw: string): Buffer {
  return Buffer.from(raw.replace(/^(?:X-MC-[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)+/, ''));
}

export const PROVIDER_FAKES = {
  mailgun: {
    open: (options) => mailgun({ apiKey: SECRET, domain: 'mg.example.test', ...options }),
    takes: 'raw',
    sendPath: '/v3/mg.example.test/messages.mime',
    recipients: (request) =>
      formOf(request)
        .filter(([name]) => name === 'to')
        .map(([, value]) => value.toString()),
    message: (request) => formOf(request).find(([name]) => name === 'message')?.[1] ?? Buffer.alloc(0),
    answer: (request, refused) => {
      if (formOf(request).length === 0) return { status: 400, body: { message: 'to parameter is missing' } };
      if (refused.length === 0) {
        return { status: 200, body: { id: '<20270101.1@mg.example.test>', message: 'Queued. Thank you.' } };
      }
      const message = "'to' parameter is not a valid address. please check documentation";
      return { status: 400, body: { message } };
    },
    tooMany: { status: 429, headers: { 'retry-after': '30' }, body: { message: 'Too many requests' } },
    unauthorized: { status: 401, body: 'Forbidden' },
    unverified: {
      status: 403,
      body: { message: 'Domain mg.example.test is not allowed to send: The domain is unverified' },
    },
    malformed: { status: 400, body: { message: 'message parameter is missing' } },
    checked: { status: 400, body: { message: 'to parameter is missing' } },
    id: '20270101.1@mg.example.test',
  },
  mandrill: {
    open: (options) => mandrill({ apiKey: SECRET, ...options }),
    takes: 'raw',
    sendPath: '/api/1.0/messages/send-raw',
    recipients: (request) => json(request)['to'] ?? [],
    message: (request) => withoutControlFields(json(request)['raw_message'] ?? ''),
    answer: (request, refused) => ({
      status: 200,
      body: ((json(request)['to'] ?? []) as readonly string[]).map((email) =>
        refused.includes(email)
          ? { email, status: 'rejected', reject_reason: 'invalid', _id: 'bad' }
          : { email, status: 'queued', queued_reason: null, _id: 'abc123' },
      ),
    }),
    tooMany: { status: 429, headers: { 'retry-after': '30' }, body: { status: 'error', name: 'RateLimit' } },
    unauthorized: {
      status: 401,
      body: { status: 'error', code: -1, name: 'Invalid_Key', message: 'Invalid API key' },
    },
    unverified: {
      status: 500,
      body: { status: 'error', code: -1, name: 'PaymentRequired', message: 'The account has to be paid' },
    },
    malformed: {
      status: 500,
      body: {
        status: 'error',
        code: -2,
        name: 'ValidationError',
        message: 'Validation error: {"raw_message":"…"}',
      },
    },
    checked: { status: 200, body: { PING: 'PONG!' } },
    id: 'abc123',
  },
  sparkpost: {
    open: (options) => sparkpost({ apiKey: SECRET, ...options }),
    takes: 'raw',
    sendPath: '/api/v1/transmissions',
    recipients: (request) =>
      ((json(request)['recipients'] ?? []) as readonly { address: { email: string } }[]).map(
        ({ address }) => address.email,
      ),
    message: (request) => Buffer.from(json(request)['content']?.['email_rfc822'] ?? ''),
    answer: allOrNothing(
      {
        status: 200,
        body: {
          results: { total_rejected_recipients: 0, total_accepted_recipients: 1, id: '11668787484950529' },
        },
      },
      {
        status: 400,
        body: {
          errors: [
            {
              message: 'no valid recipients',
              description: 'at least one valid recipient is required',
              code: '5002',
            },
          ],
        },
      },
    ),
    tooMany: { status: 420, body: { errors: [{ message: 'Exceed Sending Limit (hourly)', code: '2101' }] } },
    unauthorized: { status: 401, body: { errors: [{ message: 'Unauthorized.' }] } },
    unverified: {
      status: 400,
      body: {
        errors: [
          {
            message: 'Invalid domain',
            description: 'Unconfigured Sending Domain <example.test>',
            code: '7001',
          },
        ],
      },
    },
    malformed: { status: 422, body: { errors: [{ message: 'invalid data format/type', code: '1300' }] } },
    checked: { status: 200, body: { results: { company_name: 'Acme' } } },
    id: '11668787484950529',
  },
  postmark: {
    open: (options) => postmark({ serverToken: SECRET, ...options }),
    takes: 'parsed',
    sendPath: '/email',
    recipients: (request) => {
      const { To, Cc, Bcc } = json(request) as Readonly<Record<string, string>>;
      return [To, Cc, Bcc].flatMap(listed);
    },
    message: (request) => request.body,
    answer: (request, refused) => {
      const { To, Cc, Bcc } = json(request) as Readonly<Record<string, string>>;
      const all = [To, Cc, Bcc].flatMap(listed);
      const inactive = `inactive addresses: ${refused.join(', ').toLowerCase()}. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression.`;
      if (refused.length === all.length) {
        return {
          status: 422,
          body: {
            ErrorCode: 406,
            Message: `You tried to send to recipient(s) that have been marked as inactive.\nFound ${inactive}`,
          },
        };
      }
      const Message = refused.length === 0 ? 'OK' : `Message OK, but will not deliver to these ${inactive}`;
      return {
        status: 200,
        body: { To, SubmittedAt: '2027-01-01T00:00:00Z', MessageID: 'b7bc2f4a', ErrorCode: 0, Message },
      };
    },
    tooMany: { status: 429, body: { ErrorCode: 429, Message: 'Rate limit exceeded' } },
    unauthorized: {
      status: 401,
      body: { ErrorCode: 10, Message: 'Request does not contain a valid Server token.' },
    },
    unverified: {
      status: 422,
      body: {
        ErrorCode: 400,
        Message: "The 'From' address you supplied is not a Sender Signature on your account.",
      },
    },
    malformed: { status: 422, body: { ErrorCode: 300, Message: "Invalid 'From' address: 'x'." } },
    checked: { status: 200, body: { ID: 1, Name: 'Shop' } },
    id: 'b7bc2f4a',
  },
  sendgrid: {
    open: (options) => sendgrid({ apiKey: SECRET, ...options }),
    takes: 'parsed',
    sendPath: '/v3/mail/send',
    recipients: (request) => {
      const [first] = (json(request)['personalizations'] ?? []) as readonly Readonly<
        Record<string, readonly { email: string }[]>
      >[];
      return [first?.['to'], first?.['cc'], first?.['bcc']].flatMap(emails);
    },
    message: (request) => request.body,
    answer: allOrNothing(
      { status: 202, headers: { 'x-message-id': 'xMsgId-1' } },
      {
        status: 400,
        body: {
          errors: [
            {
              message: 'Does not contain a valid address.',
              field: 'personalizations.0.to.1.email',
              help: 'http://…',
            },
          ],
        },
      },
    ),
    tooMany: {
      status: 429,
      headers: { 'x-ratelimit-reset': '30' },
      body: { errors: [{ field: null, message: 'too many requests' }] },
    },
    unauthorized: {
      status: 401,
      body: {
        errors: [
          { message: 'The provided authorization grant is invalid, expired, or revoked', field: null },
        ],
      },
    },
    unverified: {
      status: 403,
      body: {
        errors: [{ message: 'The from address does not match a verified Sender Identity.', field: 'from' }],
      },
    },
    malformed: { status: 400, body: { errors: [{ message: 'The subject is required.', field: 'subject' }] } },
    checked: { status: 200, body: { scopes: ['mail.send'] } },
    id: 'xMsgId-1',
  },
  resend: {
    open: (options) => resend({ apiKey: SECRET, ...options }),
    takes: 'parsed',
    sendPath: '/emails',
    recipients: (request) => {
      const { to, cc, bcc } = json(request) as Readonly<Record<string, readonly string[]>>;
      return [to, cc, bcc].flatMap((list) => (list ?? []).flatMap(listed));
    },
    message: (request) => request.body,
    answer: allOrNothing(
      { status: 200, body: { id: '49a3999c-0ce1' } },
      {
        status: 422,
        body: {
          statusCode: 422,
          name: 'validation_error',
          message: 'Invalid `to` field. The email address needs to follow the `email@example.com` format.',
        },
      },
    ),
    tooMany: {
      status: 429,
      headers: { 'retry-after': '30' },
      body: { statusCode: 429, name: 'rate_limit_exceeded', message: 'Too many requests.' },
    },
    unauthorized: {
      status: 401,
      body: { statusCode: 401, name: 'validation_error', message: 'API key is invalid' },
    },
    unverified: {
      status: 403,
      body: {
        statusCode: 403,
        name: 'validation_error',
        message: 'The example.test domain is not verified.',
      },
    },
    malformed: {
      status: 422,
      body: { statusCode: 422, name: 'missing_required_field', message: 'Missing `subject` field.' },
    },
    checked: { status: 200, body: { object: 'list', data: [] } },
    id: '49a3999c-0ce1',
  },
  brevo: {
    open: (options) => brevo({ apiKey: SECRET, htmlFromText: true, ...options }),
    takes: 'parsed',
    sendPath: '/v3/smtp/email',
    recipients: (request) => {
      const { to, cc, bcc } = json(request) as Readonly<Record<string, readonly { email: string }[]>>;
      return [to, cc, bcc].flatMap(emails);
    },
    message: (request) => request.body,
    answer: allOrNothing(
      { status: 201, body: { messageId: '<202701010000.1@smtp-relay.mailin.fr>' } },
      { status: 400, body: { code: 'invalid_parameter', message: 'email is not valid in to' } },
    ),
    tooMany: {
      status: 429,
      headers: { 'x-sib-ratelimit-reset': '30' },
      body: { code: 'too_many_requests', message: 'The expected rate limit is exceeded.' },
    },
    unauthorized: { status: 401, body: { code: 'unauthorized', message: 'Key not found' } },
    unverified: {
      status: 400,
      body: {
        code: 'invalid_parameter',
        message:
          'Sending has been rejected because the sender you used is not valid. Validate your sender or authenticate your domain',
      },
    },
    malformed: { status: 400, body: { code: 'missing_parameter', message: 'subject is missing' } },
    checked: { status: 200, body: { email: 'shop@example.test' } },
    id: '<202701010000.1@smtp-relay.mailin.fr>',
  },
  ses: {
    open: (options) =>
      ses({
        region: 'eu-central-1',
        credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET },
        configurationSet: 'shop',
        ...options,
      }),
    takes: 'raw',
    sendPath: '/v2/email/outbound-emails',
    recipients: (request) => json(request)['Destination']?.['ToAddresses'] ?? [],
    message: (request) => Buffer.from(json(request)['Content']?.['Raw']?.['Data'] ?? '', 'base64'),
    answer: allOrNothing(
      { status: 200, body: { MessageId: '0107019-abc' } },
      {
        status: 400,
        headers: { 'x-amzn-errortype': 'BadRequestException' },
        body: { message: 'Illegal address' },
      },
    ),
    tooMany: {
      status: 429,
      headers: { 'x-amzn-errortype': 'TooManyRequestsException', 'retry-after': '30' },
      body: { message: 'Maximum sending rate exceeded.' },
    },
    unauthorized: {
      status: 403,
      headers: { 'x-amzn-errortype': 'UnrecognizedClientException' },
      body: { message: 'The security token included in the request is invalid.' },
    },
    unverified: {
      status: 400,
      headers: { 'x-amzn-errortype': 'MessageRejected' },
      body: {
        message:
          'Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: x',
      },
    },
    malformed: {
      status: 400,
      headers: { 'x-amzn-errortype': 'BadRequestException' },
      body: { message: "Missing required header 'From'." },
    },
    checked: { status: 200, body: { SendingEnabled: true } },
    id: '0107019-abc',
  },
} as const satisfies Readonly<Record<string, ProviderFake>>;

export const PROVIDER_NAMES = Object.keys(PROVIDER_FAKES) as readonly (keyof typeof PROVIDER_FAKES)[];

export function providerFake(name: keyof typeof PROVIDER_FAKES): ProviderFake {
  return PROVIDER_FAKES[name];
}
