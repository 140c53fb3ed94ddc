import { ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsOptional, IsString } from 'class-validator';
import type { PlainOptions } from './plain-options.js';
import type { AddressInput } from '../core/mail/mail-draft.js';
import type { DkimKey } from '../transports/dkim-key.js';
import type { UncertainPolicy } from '../relay/relay-settings.js';
import type { RateLimitOptions } from './limit-options.js';
import { TRANSPORT_SELECTORS, type TransportSelector } from '../transports/route/route-settings.js';
import type { RetryOptions } from './retry-options.js';

const UNCERTAIN_POLICIES = ['retry', 'hold', 'assume-sent'] as const satisfies readonly UncertainPolicy[];

/** One stream: a named class of mail with rules of its own. @publicApi */
export type StreamOptions = PlainOptions<StreamOptionsSchema>;

/** What `StreamOptions` must look like, as class-validator checks it. @internal */
export class StreamOptionsSchema {
  /** @default the module's `from` */
  @IsOptional()
  readonly from?: AddressInput | undefined;

  /**
   * The domains this stream sends for. A draft whose From header is of another one is refused; a domain does not
   * include those below it.
   *
   * @default every domain
   */
  @IsOptional()
  @IsArray({ message: 'expected an array of domains' })
  @ArrayNotEmpty({ message: 'expected at least one domain, or leave the option out' })
  @IsString({ each: true, message: 'expected an array of domains' })
  readonly domains?: readonly string[] | undefined;

  /**
   * Mail to many people, each for himself: a draft needs `list.unsubscribe` and has exactly one recipient. Always so
   * for `marketing`.
   *
   * @default true for the stream `marketing`, else false
   */
  @IsOptional()
  @IsBoolean({ message: 'expected true or false' })
  readonly bulk?: boolean | undefined;

  /**
   * The SMTP sender of this stream's mail, to which bounces return: an addr-spec.
   *
   * @default the address of the mail's Sender header, else of its From header
   */
  @IsOptional()
  @IsString({ message: 'expected an addr-spec as a string' })
  readonly returnPath?: string | undefined;

  /**
   * Names of transports, in the order that `selector` starts from.
   *
   * @default every transport, in the order of `transports`
   */
  @IsOptional()
  @IsArray({ message: 'expected an array of transport names' })
  @ArrayNotEmpty({ message: 'expected at least one transport name, or leave the option out' })
  @IsString({ each: true, message: 'expected an array of transport names' })
  readonly transports?: readonly string[] | undefined;

  /**
   * Which of the transports is asked first: always the first one, each in turn, or by weight. The others follow when
   * it fails by itself.
   *
   * @default 'failover'
   */
  @IsOptional()
  @IsIn(TRANSPORT_SELECTORS, { message: `expected one of ${TRANSPORT_SELECTORS.join(', ')}` })
  readonly selector?: TransportSelector | undefined;

  /**
   * How often a transport is asked first, by its name: whole numbers from 1 to 1000, for `selector: 'weighted'`.
   *
   * @default 1 for each
   */
  @IsOptional()
  readonly weights?: Readonly<Record<string, number>> | undefined;

  /**
   * Transports for the recipients of a domain: `{ 'gmail.com': 'pool-a' }`, or several names in their order. A mail
   * whose recipients go different ways is handed over once for each of them.
   */
  @IsOptional()
  readonly byRecipientDomain?: Readonly<Record<string, string | readonly string[]>> | undefined;

  /**
   * Transports for mail whose From header is of a domain: those that may send for it, and authenticate it. They go
   * before `transports`, and `byRecipientDomain` chooses among them.
   */
  @IsOptional()
  readonly bySenderDomain?: Readonly<Record<string, string | readonly string[]>> | undefined;

  /** @default 'marketing' for the stream of this name, else 'transactional' */
  @IsOptional()
  @IsString({ message: 'expected the name of a lane' })
  readonly lane?: string | undefined;

  /** How much of this stream may go, over all transports. */
  @IsOptional()
  readonly limits?: RateLimitOptions | undefined;

  @IsOptional()
  readonly retry?: RetryOptions | undefined;

  /**
   * How long the relay tries: milliseconds or `'10m'`, `'2h'`, `'5d'`. A draft's own `expiresIn` wins.
   *
   * @default '5d'
   */
  @IsOptional()
  readonly expiresIn?: number | string | undefined;

  /**
   * What follows when the answer to the end of the data was lost: try again after `retry.uncertainMinMs`, leave the
   * mail to an operator, or take it as sent.
   *
   * @default 'retry'
   */
  @IsOptional()
  @IsIn(UNCERTAIN_POLICIES, { message: `expected one of ${UNCERTAIN_POLICIES.join(', ')}` })
  readonly uncertain?: UncertainPolicy | undefined;

  /**
   * Signs this stream's mail; of several keys the one of the From domain, or of the nearest domain above it.
   *
   * @default the module's `dkim`
   */
  @IsOptional()
  readonly dkim?: DkimKey | readonly DkimKey[] | undefined;
}
