import { ArrayNotEmpty, IsArray, IsInt, IsOptional, Max, Min } from 'class-validator';
import type { PlainOptions } from './plain-options.js';

const MAX_MS = 7 * 24 * 60 * 60 * 1000;
const wholeMs = { message: 'expected a whole number of milliseconds' };
const atLeast0 = { message: 'expected at least 0' };

/** When a stream's deferred recipients are tried again. @publicApi */
export type RetryOptions = PlainOptions<RetryOptionsSchema>;

/** What `RetryOptions` must look like, as class-validator checks it. @internal */
export class RetryOptionsSchema {
  /**
   * The waits after the first, second … attempt, milliseconds; the last one repeats. Each wait is random between n
   * and 1.5 n.
   *
   * @default 1, 5, 15, 30 minutes, 1 hour, 2 hours, then every 4 hours
   */
  @IsOptional()
  @IsArray({ message: 'expected an array of milliseconds' })
  @ArrayNotEmpty({ message: 'expected at least one wait' })
  @IsInt({ each: true, ...wholeMs })
  @Min(0, { each: true, ...atLeast0 })
  @Max(MAX_MS, { each: true, message: `expected at most ${MAX_MS}` })
  readonly delaysMs?: readonly number[] | undefined;

  /**
   * The least wait after a greylisting, milliseconds.
   *
   * @default 300000 (5 minutes)
   */
  @IsOptional()
  @IsInt(wholeMs)
  @Min(0, atLeast0)
  readonly greylistMinMs?: number | undefined;

  /**
   * The least wait after a throttling or a reputation block, milliseconds.
   *
   * @default 1800000 (30 minutes)
   */
  @IsOptional()
  @IsInt(wholeMs)
  @Min(0, atLeast0)
  readonly slowMinMs?: number | undefined;

  /**
   * The least wait after an uncertain outcome, milliseconds. A short one makes duplicates.
   *
   * @default 600000 (10 minutes)
   * @see RFC 5321 §4.5.3.2.6
   */
  @IsOptional()
  @IsInt(wholeMs)
  @Min(0, atLeast0)
  readonly uncertainMinMs?: number | undefined;
}
