import { BreakerStore, type Replaced, type StoredCircuit } from '../../circuits/breaker-store.js';
import type { CircuitState } from '../../core/circuit/circuit-state.js';
import type { Clock } from '../../core/schedule/clock.js';
import { answered } from './answered.js';
import type { RedisClient } from './redis-client.js';
import { RedisScript } from './redis-script.js';
import { REPLACE_CIRCUIT } from './replace-circuit.lua.js';

export interface RedisBreakerStoreOptions {
  /** Connections that somebody else opens and closes. */
  readonly client: RedisClient;
  /** Only listens; others are then heard of at once, and else with the next look. */
  readonly subscriber?: RedisClient | undefined;
  readonly clock: Clock;
  /** Stands before every key and holds a hash tag: `{shop:default}:`. */
  readonly prefix: string;
  /** The time between two looks, milliseconds. @default 3000 */
  readonly pollMs?: number | undefined;
  /** How long Redis may take to answer, milliseconds. @default 1000 */
  readonly timeoutMs?: number | undefined;
}

const DEFAULT_POLL_MS = 3_000;
const DEFAULT_TIMEOUT_MS = 1_000;
const NOTHING = '-';

/** Keeps the circuits of a relay in Redis, so that one process finds out for all. */
export class RedisBreakerStore extends BreakerStore {
  readonly #o: RedisBreakerStoreOptions;
  readonly #replace = new RedisScript(REPLACE_CIRCUIT);
  readonly #seen = new Map<string, string>();
  #onMessage: ((channel: string, message: string) => void) | undefined;
  #cancelPoll: (() => void) | undefined;
  #closed = false;

  constructor(options: RedisBreakerStoreOptions) {
    super();
    this.#o = options;
  }

  override async watch(onChange: (circuit: StoredCircuit) => void): Promise<void> {
    const { subscriber } = this.#o;
    if (subscriber) {
      this.#onMessage = (channel, message) => {
        const end = message.indexOf('\n');
        if (channel === this.#channel) this.#tell(message.slice(0, end), message.slice(end + 1), onChange);
      };
      subscriber.on('message', this.#onMessage);
      // A connection that is made again subscribes again; what it missed comes with the next look.
      subscriber.subscribe(this.#channel).catch(() => undefined);
    }
    this.#pollLater(onChange);
    await this.#look(onChange);
  }

  override async replace(
    name: string,
    expected: string | undefined,
    state: CircuitState,
    keepMs: number,
  ): Promise<Replaced> {
    const keys = [this.#key, `${this.#key}:version`];
    const args = [name, expected ?? NOTHING, JSON.stringify(state), Math.ceil(keepMs), this.#channel];
    const answer = await answered(this.#replace.run(this.#o.client, keys, args), this.#timeoutMs);
    const [done, found] = answer as readonly [number, string | undefined];
    if (done !== 1) return { done: false, circuit: found === undefined ? undefined : read(name, found) };
    const version = found ?? '';
    this.#seen.set(name, version);
    return { done: true, circuit: { name, version, state } };
  }

  override async close(): Promise<void> {
    this.#closed = true;
    this.#cancelPoll?.();
    if (this.#onMessage) this.#o.subscriber?.off('message', this.#onMessage);
  }

  get #timeoutMs(): number {
    return this.#o.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  get #key(): string {
    return `${this.#o.prefix}circuits`;
  }

  get #channel(): string {
    return `${this.#o.prefix}circuits`;
  }

  #pollLater(onChange: (circuit: StoredCircuit) => void): void {
    const { clock, pollMs = DEFAULT_POLL_MS } = this.#o;
    if (this.#closed) return;
    this.#cancelPoll = clock.after(pollMs, () => {
      // What cannot be asked now is asked with the next look; a process knows its own circuits meanwhile.
      const look = this.#look(onChange).catch(() => undefined);
      void look.then(() => this.#pollLater(onChange));
    });
  }

  async #look(onChange: (circuit: StoredCircuit) => void): Promise<void> {
    const all = await answered(this.#o.client.hgetall(this.#key), this.#timeoutMs);
    if (this.#closed) return;
    for (const name of this.#seen.keys()) if (!(name in all)) this.#seen.delete(name);
    for (const [name, field] of Object.entries(all)) this.#tell(name, field, onChange);
  }

  #tell(name: string, field: string, onChange: (circuit: StoredCircuit) => void): void {
    const circuit = read(name, field);
    if (!circuit || isNotAfter(circuit.version, this.#seen.get(name))) return;
    this.#seen.set(name, circuit.version);
    onChange(circuit);
  }
}

/** Undefined for what another version of this package wrote, which is then as good as nothing. */
function read(name: string, field: string): StoredCircuit | undefined {
  const [, version, state] = /^(\S+) \d+ (.*)$/s.exec(field) ?? [];
  if (version === undefined || state === undefined) return undefined;
  try {
    return { name, version, state: JSON.parse(state) as CircuitState };
  } catch {
    return undefined;
  }
}

/** Messages and looks may cross: the older of two versions is no news. */
function isNotAfter(version: string, seen: string | undefined): boolean {
  if (seen === undefined) return false;
  const [one, other] = [version, seen].map((text) => text.split('.').map(Number));
  for (const i of [0, 1, 2]) {
    const difference = (one?.[i] ?? 0) - (other?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return true;
}
