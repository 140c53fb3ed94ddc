import { createHmac } from 'node:crypto';

/** Whom the sink knows, and by which mechanisms. */
export interface SinkAuth {
  readonly user: string;
  readonly pass: string;
  /** Taken in place of the password by XOAUTH2 and OAUTHBEARER. @default the password */
  readonly token?: string;
  /** @default PLAIN and LOGIN */
  readonly mechanisms?: readonly string[];
}

/** Who the client turned out to be; nobody when the credentials are wrong. */
export interface SinkAuthEnd {
  readonly user: string | undefined;
}

/** A challenge, in base64, and what the answer to it leads to. */
export interface SinkAuthStep {
  readonly challenge: string;
  /** Whether the answer may come with AUTH itself. */
  readonly takesInitial?: boolean;
  take(answer: string): SinkAuthStep | SinkAuthEnd;
}

/** The first step of a mechanism; undefined when the sink does not know it. */
export function beginSinkAuth(mechanism: string, auth: SinkAuth): SinkAuthStep | undefined {
  const judge = (user: string, right: boolean): SinkAuthEnd => ({
    user: right && user === auth.user ? user : undefined,
  });
  switch (mechanism) {
    case 'PLAIN':
      return {
        challenge: '',
        takesInitial: true,
        take: (answer) => {
          const [, user = '', pass = ''] = decode(answer).split('\0');
          return judge(user, pass === auth.pass);
        },
      };
    case 'LOGIN':
      return {
        challenge: encode('Username:'),
        take: (user) => ({
          challenge: encode('Password:'),
          take: (pass) => judge(decode(user), decode(pass) === auth.pass),
        }),
      };
    case 'CRAM-MD5': {
      const challenge = '<1.1@sink.test>';
      return {
        challenge: encode(challenge),
        take: (answer) => {
          const [, user = '', digest = ''] = /^(.*) ([0-9a-f]{32})$/.exec(decode(answer)) ?? [];
          return judge(user, digest === createHmac('md5', auth.pass).update(challenge).digest('hex'));
        },
      };
    }
    case 'XOAUTH2':
    case 'OAUTHBEARER':
      return {
        challenge: '',
        takesInitial: true,
        take: (answer) => {
          const said = decode(answer);
          const [first = '', ...fields] = said.split('\u0001');
          const user = /^(?:user=|n,a=)(.*?),?$/.exec(first)?.[1] ?? '';
          const token = fields.find((field) => field.startsWith('auth=Bearer '))?.slice(12);
          if (token === (auth.token ?? auth.pass)) return judge(user, true);
          // Why not, and only then the refusal, when the client has asked for it.
          return { challenge: encode('{"status":"401"}'), take: () => ({ user: undefined }) };
        },
      };
    default:
      return undefined;
  }
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
