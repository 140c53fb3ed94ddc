import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import type { FeederRules } from '../suppression/suppression-feeder.js';
import type { PlainOptions } from './plain-options.js';
import type { Problems } from './problems.js';

/** Who is not mailed any more, and since when. @publicApi */
export type SuppressionOptions = PlainOptions<SuppressionOptionsSchema>;

/** What `SuppressionOptions` must look like, as class-validator checks it. @internal */
export class SuppressionOptionsSchema {
  /**
   * A secret of at least 16 characters: the list then holds a keyed hash of each address instead of the address. To
   * change it put the new one first: `[next, previous]`. Keep it: without it the list is worth nothing.
   */
  @IsOptional()
  readonly hashKey?: string | readonly string[] | undefined;

  /**
   * Whether bounces, complaints and unsubscribes fill the list.
   *
   * @default true
   */
  @IsOptional()
  @IsBoolean({ message: 'expected true or false' })
  readonly automatic?: boolean | undefined;

  /**
   * What a complaint stops.
   *
   * @default 'marketing'
   */
  @IsOptional()
  @IsIn(['marketing', 'all'], { message: 'expected "marketing" or "all"' })
  readonly complaints?: 'marketing' | 'all' | undefined;

  /**
   * So many soft bounces within `softBounceDays` suppress an address for 90 days; two are enough where the mailbox was
   * closed. A mailbox that was full until mail expired counts as one soft bounce a day. A delivery starts the count
   * anew.
   *
   * @default 5
   */
  @IsOptional()
  @IsInt({ message: 'expected a whole number' })
  @Min(1, { message: 'expected at least 1' })
  @Max(50, { message: 'expected at most 50' })
  readonly maxSoftBounces?: number | undefined;

  /** @default 30 */
  @IsOptional()
  @IsInt({ message: 'expected a whole number of days' })
  @Min(1, { message: 'expected at least 1' })
  @Max(365, { message: 'expected at most 365' })
  readonly softBounceDays?: number | undefined;
}

/** The options with their defaults worked in. */
export interface SuppressionSettings {
  readonly hashKeys: readonly string[];
  readonly automatic: boolean;
  readonly rules: FeederRules;
  /** The streams that the scope `marketing` means: those that are `bulk`. */
  readonly marketing: ReadonlySet<string>;
}

interface NamedStream {
  readonly name: string;
  readonly bulk: boolean;
}

const DAY_MS = 86_400_000;
const LEAST_KEY_CHARS = 16;

/** @returns false where the list is not asked */
export function resolveSuppression(
  given: false | SuppressionOptions | undefined,
  streams: ReadonlyMap<string, NamedStream>,
  problems: Problems,
): false | SuppressionSettings {
  if (given === false) return false;
  const options = given ?? {};
  problems.check(SuppressionOptionsSchema, options, 'suppression');
  const hashKeys = hashKeysOf(options.hashKey, problems);
  return {
    hashKeys,
    automatic: options.automatic ?? true,
    rules: {
      complaints: options.complaints ?? 'marketing',
      maxSoftBounces: options.maxSoftBounces ?? 5,
      softBounceMs: (options.softBounceDays ?? 30) * DAY_MS,
    },
    marketing: new Set(bulkStreams(streams)),
  };
}

function bulkStreams(streams: ReadonlyMap<string, NamedStream>): readonly string[] {
  return Array.from(streams.values())
    .filter(({ bulk }) => bulk)
    .map(({ name }) => name);
}

function hashKeysOf(given: unknown, problems: Problems): readonly string[] {
  if (given === undefined || given === null) return [];
  const keys: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (keys.length > 0 && keys.every((key) => typeof key === 'string' && key.length >= LEAST_KEY_CHARS)) {
    return keys as readonly string[];
  }
  problems.add(
    'suppression.hashKey',
    `expected a secret of at least ${LEAST_KEY_CHARS} characters, or an array of them. Make one with: openssl rand -base64 32`,
  );
  return [];
}
