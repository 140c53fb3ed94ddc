import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { DEFAULT_CIRCUIT_SETTINGS, type CircuitSettings } from '../core/circuit/circuit-breaker.js';
import type { PlainOptions } from './plain-options.js';

const MAX_MS = 24 * 60 * 60 * 1000;
const wholeMs = { message: 'expected a whole number of milliseconds' };
const atLeast1Ms = { message: 'expected at least 1' };
const atMostADay = { message: `expected at most ${MAX_MS}` };

/** When a transport that cannot be reached is left alone, and for how long. @publicApi */
export type BreakerOptions = PlainOptions<BreakerOptionsSchema>;

/** What `BreakerOptions` must look like, as class-validator checks it. @internal */
export class BreakerOptionsSchema {
  /**
   * Connections lost in a row after which the transport is left alone. One that cannot be made at all is enough by
   * itself, unless others work meanwhile.
   *
   * @default 5
   */
  @IsOptional()
  @IsInt({ message: 'expected a whole number' })
  @Min(1, { message: 'expected at least 1' })
  @Max(1000, { message: 'expected at most 1000' })
  readonly afterFailures?: number | undefined;

  /**
   * How long the first time, milliseconds; then one mail finds out whether it works again.
   *
   * @default 5000
   */
  @IsOptional()
  @IsInt(wholeMs)
  @Min(1, atLeast1Ms)
  @Max(MAX_MS, atMostADay)
  readonly openMs?: number | undefined;

  /**
   * How long at most, after it was found down again and again, milliseconds.
   *
   * @default 60000
   */
  @IsOptional()
  @IsInt(wholeMs)
  @Min(1, atLeast1Ms)
  @Max(MAX_MS, atMostADay)
  readonly maxOpenMs?: number | undefined;
}

/** The options with their defaults worked in. */
export function circuitSettings({ afterFailures, openMs, maxOpenMs }: BreakerOptions): CircuitSettings {
  const { failures, open } = DEFAULT_CIRCUIT_SETTINGS;
  const firstMs = openMs ?? open.unreachable.firstMs;
  return {
    ...DEFAULT_CIRCUIT_SETTINGS,
    failures: afterFailures ?? failures,
    open: {
      ...open,
      unreachable: { firstMs, mostMs: Math.max(firstMs, maxOpenMs ?? open.unreachable.mostMs) },
    },
  };
}
