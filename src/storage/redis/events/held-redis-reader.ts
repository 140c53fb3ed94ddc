import type { HeldReader, ReaderProgress, WaitingEvent } from '../../../events/log/event-log.js';
import type { ScriptAnswer, ScriptArgument, ScriptName } from '../spool-scripts.js';

export interface HeldRedisReaderOptions {
  readonly name: string;
  readonly token: string;
  readonly progress: ReaderProgress;
  readonly run: (name: ScriptName, what: string, ...args: readonly ScriptArgument[]) => Promise<ScriptAnswer>;
}

/** A reader that this process holds; every write is fenced by its token. */
export class HeldRedisReader implements HeldReader {
  readonly progress: ReaderProgress;
  readonly #o: HeldRedisReaderOptions;

  constructor(options: HeldRedisReaderOptions) {
    this.progress = options.progress;
    this.#o = options;
  }

  async save({ position, waiting }: ReaderProgress, leaseMs: number): Promise<boolean> {
    const { name, token, run } = this.#o;
    const packed = JSON.stringify(waiting.map(packWaiting));
    // The log keeps everything from the oldest event that is not done.
    const needs = waiting.reduce((oldest, one) => (one.position < oldest ? one.position : oldest), position);
    const done = await run(
      'saveReader',
      'store how far a reader is',
      name,
      token,
      leaseMs,
      position,
      packed,
      needs,
    );
    return done === 1;
  }

  async release(): Promise<void> {
    const { name, token, run } = this.#o;
    await run('releaseReader', 'let go of a reader', name, token);
  }
}

type PackedWaiting = readonly [position: string, tries: number, dueAt: number];

function packWaiting({ position, tries, dueAt }: WaitingEvent): PackedWaiting {
  return [position, tries, dueAt];
}

export function readProgress(position: string, waiting: string): ReaderProgress {
  const packed = JSON.parse(waiting) as readonly PackedWaiting[];
  return { position, waiting: packed.map(([at, tries, dueAt]) => ({ position: at, tries, dueAt })) };
}
