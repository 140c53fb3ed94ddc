import { LABEL_PROVIDERS, MAIL_LABELS, type LabelProvider, type MailLabel } from './label-provider.js';

/**
 * Which provider an SMTP relay belongs to, and what it is told of each mail.
 *
 * @publicApi
 */
export interface SmtpProviderOptions {
  readonly name: LabelProvider;
  /** What it is told. What it cannot take makes the mail fail. @default all: tags, metadata, mailId */
  readonly labels?: readonly MailLabel[] | undefined;
  /** Amazon SES: the configuration set whose event destinations hear of the mail. */
  readonly configurationSet?: string | undefined;
  /** Postmark: the message stream. @default the server's own */
  readonly messageStream?: string | undefined;
}

/** {@link SmtpProviderOptions}, checked and complete. @internal */
export interface ProviderLabelSettings {
  readonly provider: LabelProvider;
  readonly labels: ReadonlySet<MailLabel>;
  readonly configurationSet?: string | undefined;
  readonly messageStream?: string | undefined;
}

const FIELDS = ['name', 'labels', 'configurationSet', 'messageStream'];
/** The names that SES and Postmark give out. */
const PLAIN_NAME = /^[\w-]{1,64}$/;

/**
 * Checks the option `provider` of an SMTP transport.
 *
 * @param problem told what is wrong, without the value
 * @internal
 */
export function resolveProviderOption(
  given: LabelProvider | SmtpProviderOptions | undefined,
  problem: (option: string, says: string) => void,
): ProviderLabelSettings | undefined {
  if (given === undefined) return undefined;
  const options: SmtpProviderOptions = typeof given === 'string' ? { name: given } : given;
  const { name, configurationSet, messageStream } = options;
  const names: readonly unknown[] = LABEL_PROVIDERS;
  if (!names.includes(name)) {
    problem('provider', `is none of ${LABEL_PROVIDERS.join(', ')}; leave it out for any other relay`);
    return undefined;
  }
  const unknown = Object.keys(options).filter((field) => !FIELDS.includes(field));
  if (unknown.length > 0) problem('provider', `has fields other than ${FIELDS.join(', ')}`);
  for (const [option, value, owner] of [
    ['configurationSet', configurationSet, 'ses'],
    ['messageStream', messageStream, 'postmark'],
  ] as const) {
    if (value === undefined) continue;
    if (owner !== name) problem(`provider.${option}`, `is known to ${owner} alone; remove it`);
    else if (typeof value !== 'string' || !PLAIN_NAME.test(value)) {
      problem(`provider.${option}`, 'is not a name of letters, digits, _ and -');
    }
  }
  const labels = resolveMailLabels(options.labels, (says) => problem('provider.labels', says));
  return { provider: name, labels, configurationSet, messageStream };
}

/**
 * Checks which labels a provider shall be told.
 *
 * @internal
 */
export function resolveMailLabels(
  given: readonly MailLabel[] | undefined,
  problem: (says: string) => void,
): ReadonlySet<MailLabel> {
  const labels: readonly unknown[] = MAIL_LABELS;
  if (given === undefined) return new Set(MAIL_LABELS);
  if (!Array.isArray(given) || !given.every((one) => labels.includes(one))) {
    problem(`is not a list of ${MAIL_LABELS.join(', ')}`);
    return new Set();
  }
  return new Set(given);
}
