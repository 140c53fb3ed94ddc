import type { TransportState, TransportStates } from '../circuits/transport-states.js';
import type { Clock } from '../core/schedule/clock.js';
import type { HealthSettings } from './health-options.js';
import type { OutcomeCounts, RecentOutcomes } from './recent-outcomes.js';
import type { StorageProbe, StorageResult } from './storage-probe.js';
import type { ProbeResult, TransportProbe } from './transport-probe.js';

/** One transport, as far as this process knows. @publicApi */
export interface TransportHealth {
  /** `unknown`: it was never asked, and no mail went over it yet. */
  readonly status: 'up' | 'down' | 'unknown';
  /** Whether mail is given to it: `down` and `probing` are what the circuit breaker says. */
  readonly circuit: 'up' | 'down' | 'probing';
  /** Why it is down: the class of the failure, or the reason of the breaker. */
  readonly reason?: string | undefined;
  /** From domains that are refused there; others are not affected. */
  readonly refusedDomains?: number | undefined;
  /** When its answer is from. */
  readonly checkedAt?: string | undefined;
  /** Of the last five minutes, in this process. */
  readonly outcomes: OutcomeCounts;
}

/** What is the matter with a relay. @publicApi */
export interface MailHealthReport {
  /** `down` when something fails that readiness depends on. */
  readonly status: 'up' | 'down';
  /** True when mail is accepted, but something is wrong. */
  readonly degraded: boolean;
  /** What is wrong, for people: without addresses, hosts and secrets. */
  readonly problems: readonly string[];
  readonly storage: {
    readonly status: 'up' | 'down';
    /** Mails with at least one pending recipient. */
    readonly pending?: number | undefined;
    readonly claimed?: number | undefined;
    /** How late the oldest mail is that is due and not sent yet, milliseconds. */
    readonly lagMs?: number | undefined;
    /** How long the oldest pending mail waits, however often it was tried, milliseconds; to the minute. */
    readonly oldestPendingMs?: number | undefined;
  };
  readonly transports: Readonly<Record<string, TransportHealth>>;
  /** The share of recipients that bounced or were given up on, of the last five minutes, in this process. */
  readonly failedRatio: number;
}

export interface MailHealthOptions {
  readonly settings: HealthSettings;
  readonly storage: Pick<StorageProbe, 'result'>;
  readonly transports: ReadonlyMap<string, Pick<TransportProbe, 'result'>>;
  readonly states: TransportStates;
  readonly outcomes: RecentOutcomes;
  readonly clock: Clock;
}

/** Finds out how a relay is, only when somebody asks. */
export class MailHealth {
  readonly #o: MailHealthOptions;

  constructor(options: MailHealthOptions) {
    this.#o = options;
  }

  async report(): Promise<MailHealthReport> {
    const { settings, storage, outcomes } = this.#o;
    const [stored, transports] = await Promise.all([storage.result(), this.#transports()]);
    const failedRatio = ratioOf(outcomes.counts());
    const down = Object.entries(transports).filter(([, { status }]) => status === 'down');
    const all = Object.keys(transports).length;
    const serious: string[] = [];
    const others: string[] = [];
    if (!stored.ok) (settings.readiness.has('storage') ? serious : others).push(stored.reason);
    const noneLeft = all > 0 && down.length === all;
    for (const [name, { reason = 'unknown' }] of down) {
      (noneLeft && settings.readiness.has('transports') ? serious : others).push(
        `transport "${name}" is down (${reason})`,
      );
    }
    if (stored.ok && stored.lagMs > settings.lagMs) {
      others.push(`the oldest mail that is due waits for ${Math.round(stored.lagMs / 1000)} s`);
    }
    if (stored.ok && stored.oldestPendingMs > settings.oldestPendingMs) {
      others.push(`the oldest pending mail waits for ${Math.round(stored.oldestPendingMs / 60_000)} min`);
    }
    if (failedRatio >= settings.failedRatio && ended(outcomes.counts()) >= settings.minOutcomes) {
      others.push(
        `${Math.round(failedRatio * 100)} % of recipients bounced or failed in the last five minutes`,
      );
    }
    return {
      status: serious.length > 0 ? 'down' : 'up',
      degraded: serious.length + others.length > 0,
      problems: [...serious, ...others],
      storage: storageOf(stored),
      transports,
      failedRatio,
    };
  }

  async #transports(): Promise<Readonly<Record<string, TransportHealth>>> {
    const { states } = this.#o;
    const found = await Promise.all(
      states.all().map(async (one): Promise<readonly [string, TransportHealth]> => {
        const { name, transport: circuit, identities } = one;
        const probed = await this.#answerOf(name, circuit);
        const isDown = circuit.state === 'up' ? probed?.ok === false : !probed?.ok;
        const refused = Array.from(identities.values()).filter(({ state }) => state !== 'up').length;
        return [
          name,
          {
            status: isDown ? 'down' : probed ? 'up' : 'unknown',
            circuit: circuit.state,
            ...(isDown && { reason: circuit.state === 'up' ? probed?.failure : circuit.reason }),
            ...(refused > 0 && { refusedDomains: refused }),
            ...(probed && { checkedAt: new Date(probed.checkedAt).toISOString() }),
            outcomes: this.#o.outcomes.counts(name),
          },
        ];
      }),
    );
    return Object.fromEntries(found);
  }

  /**
   * What the upstream itself says, where that is news. While the relay keeps away from a transport nobody else asks it
   * either: a refused login is not to be repeated. Afterwards an upstream that answers is up, whether or not a mail has
   * closed the circuit: a process that is not ready may get none.
   */
  async #answerOf(name: string, circuit: TransportState): Promise<ProbeResult | undefined> {
    const { clock, transports } = this.#o;
    if (circuit.state !== 'up' && circuit.until.getTime() > clock.now()) return undefined;
    const probed = await transports.get(name)?.result();
    const isOld = circuit.state !== 'up' && probed && probed.checkedAt <= circuit.since.getTime();
    return isOld ? undefined : probed;
  }
}

function storageOf(stored: StorageResult): MailHealthReport['storage'] {
  if (!stored.ok) return { status: 'down' };
  const { pending, claimed, lagMs, oldestPendingMs } = stored;
  return { status: 'up', pending, claimed, lagMs, oldestPendingMs };
}

/** Recipients for whom it has ended. */
function ended({ sent, bounced, failed }: OutcomeCounts): number {
  return sent + bounced + failed;
}

function ratioOf(counts: OutcomeCounts): number {
  const all = ended(counts);
  return all === 0 ? 0 : (counts.bounced + counts.failed) / all;
}
