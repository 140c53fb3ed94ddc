import { ArrayNotEmpty, IsArray, IsIn, IsOptional, IsString } from 'class-validator';
import type { PlainOptions } from './plain-options.js';
import type { AddressInput } from '../core/mail/mail-draft.js';
import type { DkimKey } from '../transports/dkim-key.js';
import type { UncertainPolicy } from '../relay/relay-settings.js';
import type { RateLimitOptions } from './limit-options.js';
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
   * The SMTP sender of this stream's mail, to which bounces return: an addr-spec.
   *
   * @default the address of the mail's Sender header, else of its From header
   */
  @IsOptional()
  @IsString({ message: 'expected an addr-spec as a string' })
  readonly returnPath?: string | undefined;

  /**
   * Names of transports, asked in this order.
   *
   * @default every transport, in the order of `transports`
   */
  @IsOptional()
  @IsArray({ message: 'expected an array of transport names' })
  @ArrayNotEmpty({ message: 'expected at least one transport name, or leave the option out' })
  @IsString({ each: true, message: 'expected an array of transport names' })
  readonly transports?: readonly string[] | undefined;

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
   * Signs this stream's mail.
   *
   * @default the module's `dkim`
   */
  @IsOptional()
  readonly dkim?: DkimKey | undefined;
}
