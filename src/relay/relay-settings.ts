import type { RetryPolicy } from '../core/schedule/retry-schedule.js';
import type { DkimKey } from '../transports/dkim-key.js';
import type { RouteSettings } from '../transports/route/route-settings.js';

/** What follows when the answer to the end of the data was lost. @publicApi */
export type UncertainPolicy = 'retry' | 'hold' | 'assume-sent';

/** How the mails of one stream are delivered. */
export interface StreamDelivery {
  readonly route: RouteSettings;
  readonly retry: RetryPolicy;
  readonly uncertain: UncertainPolicy;
  /** Of several the one that belongs to the From domain signs. */
  readonly dkim: readonly DkimKey[];
}

export interface RelaySettings {
  /** Who claims, for people: the process. */
  readonly owner: string;
  /** How long a claim lives without being renewed, milliseconds. */
  readonly leaseMs: number;
  /** The total deadline of one attempt, milliseconds. */
  readonly attemptTimeoutMs: number;
  readonly streams: ReadonlyMap<string, StreamDelivery>;
}
