import { IsArray, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import type { PlainOptions } from './plain-options.js';

/** What of the queue this process works on. @publicApi */
export type WorkerOptions = PlainOptions<WorkerOptionsSchema>;

/** What `WorkerOptions` must look like, as class-validator checks it. @internal */
export class WorkerOptionsSchema {
  /**
   * The lanes this process serves.
   *
   * @default every lane
   */
  @IsOptional()
  @IsArray({ message: 'expected an array of lane names' })
  @IsString({ each: true, message: 'expected an array of lane names' })
  readonly lanes?: readonly string[] | undefined;

  /**
   * Mails of each lane that this process works on at the same time.
   *
   * @default 20
   */
  @IsOptional()
  @IsInt({ message: 'expected a whole number' })
  @Min(1, { message: 'expected at least 1' })
  @Max(10_000, { message: 'expected at most 10000' })
  readonly concurrency?: number | undefined;

  /**
   * How long one attempt may take in all, milliseconds. Less than 10 minutes makes duplicates with slow servers.
   *
   * @default 900000 (15 minutes)
   * @see RFC 5321 §4.5.3.2.6
   */
  @IsOptional()
  @IsInt({ message: 'expected a whole number of milliseconds' })
  @Min(100, { message: 'expected at least 100' })
  readonly attemptTimeoutMs?: number | undefined;

  /**
   * How long the mail of a worker that died waits until another one takes it, milliseconds. A worker that lives renews
   * its claims; one that is blocked for longer loses them.
   *
   * @default 30000
   */
  @IsOptional()
  @IsInt({ message: 'expected a whole number of milliseconds' })
  @Min(1000, { message: 'expected at least 1000' })
  @Max(3_600_000, { message: 'expected at most 3600000' })
  readonly leaseMs?: number | undefined;
}
