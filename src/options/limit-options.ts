import { IsInt, IsObject, IsOptional, Max, Min } from 'class-validator';
import { MAX_PER_SECOND } from '../core/rate-limits.js';
import type { PlainOptions } from './plain-options.js';

const whole = { message: 'expected a whole number of messages' };
const atLeast1 = { message: 'expected at least 1, or leave the option out' };

/** How many messages may go in a time. A message to three recipients counts three. @publicApi */
export type RateLimitOptions = PlainOptions<RateLimitOptionsSchema>;

/** What `RateLimitOptions` must look like, as class-validator checks it. @internal */
export class RateLimitOptionsSchema {
  /** In any second. */
  @IsOptional()
  @IsInt(whole)
  @Min(1, atLeast1)
  @Max(MAX_PER_SECOND, { message: `expected at most ${MAX_PER_SECOND}; use perMinute for more` })
  readonly perSecond?: number | undefined;

  @IsOptional()
  @IsInt(whole)
  @Min(1, atLeast1)
  readonly perMinute?: number | undefined;

  @IsOptional()
  @IsInt(whole)
  @Min(1, atLeast1)
  readonly perHour?: number | undefined;

  /** In 24 hours, from the first message on. */
  @IsOptional()
  @IsInt(whole)
  @Min(1, atLeast1)
  readonly perDay?: number | undefined;

  /** In 30 days, from the first message on. */
  @IsOptional()
  @IsInt(whole)
  @Min(1, atLeast1)
  readonly perMonth?: number | undefined;
}

/** What one transport is given. @publicApi */
export type TransportLimitOptions = PlainOptions<TransportLimitOptionsSchema>;

/** What `TransportLimitOptions` must look like, as class-validator checks it. @internal */
export class TransportLimitOptionsSchema extends RateLimitOptionsSchema {
  /**
   * Mails on the way to one recipient domain at the same time, in each process. It begins with 5, grows while the
   * domain answers, and shrinks when it throttles.
   *
   * @default 20
   */
  @IsOptional()
  @IsInt({ message: 'expected a whole number' })
  @Min(1, { message: 'expected at least 1' })
  @Max(10_000, { message: 'expected at most 10000' })
  readonly connections?: number | undefined;
}

/** Limits of the whole relay. @publicApi */
export type LimitOptions = PlainOptions<LimitOptionsSchema>;

/** What `LimitOptions` must look like, as class-validator checks it. @internal */
export class LimitOptionsSchema {
  /** By the name of a transport, where the transport itself has no `limits`. */
  @IsOptional()
  @IsObject({ message: 'expected an object of limits by the name of a transport' })
  readonly transports?: Readonly<Record<string, TransportLimitOptions>> | undefined;

  /** By recipient domain, over all transports; `'*'` is for each domain that is not named. */
  @IsOptional()
  @IsObject({ message: "expected an object of limits by domain; '*' is for each of the others" })
  readonly perDomain?: Readonly<Record<string, RateLimitOptions>> | undefined;

  /** For each tenant that brings no limits of its own. */
  @IsOptional()
  readonly perTenant?: RateLimitOptions | undefined;
}
