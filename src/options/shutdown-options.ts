import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { PlainOptions } from './plain-options.js';

/** How the relay ends. Needs `app.enableShutdownHooks()` to be heard on SIGTERM. @publicApi */
export type ShutdownOptions = PlainOptions<ShutdownOptionsSchema>;

/** What `ShutdownOptions` must look like, as class-validator checks it. @internal */
export class ShutdownOptionsSchema {
  /**
   * How long attempts under way may take to finish, milliseconds.
   *
   * @default 20000
   */
  @IsOptional()
  @IsInt({ message: 'expected a whole number of milliseconds' })
  @Min(0, { message: 'expected at least 0' })
  @Max(3_600_000, { message: 'expected at most 3600000' })
  readonly drainMs?: number | undefined;
}
