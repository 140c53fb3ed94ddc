import type { Job, JobCounts, Queue, QueueOptions } from 'bull';
import { waitFor } from '../../clock/wait-for.js';
import type { MailId } from '../../core/mail/mail-id.js';
import type { LaneCounts } from '../mail-queue.js';

/** What a dashboard shows as the kind of a job. */
const JOB = 'mail';
/** Rings in one transaction: more would keep Redis from others for long. */
const BATCH = 250;
/** Bull waits for Redis without end; whoever rings does not. */
const RING_TIMEOUT_MS = 1_000;
const CALM_TIMEOUT_MS = 5_000;

/** The options of a lane's queue, each said, so that nothing of the application's own queues applies here. */
export function laneQueueOptions(
  prefix: string,
  createClient: NonNullable<QueueOptions['createClient']>,
): QueueOptions & { readonly skipVersionCheck: true } {
  return {
    prefix,
    createClient,
    skipVersionCheck: true,
    // Nothing of a job stays: a ring that is over is no record of anything.
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    settings: {
      // A job that stalls decides nothing, but while it is there its mail cannot be rung: so it is soon found out. A
      // worker that was only slow is rung twice, and the claim sends the second one away.
      lockDuration: 10_000,
      lockRenewTime: 4_000,
      stalledInterval: 5_000,
      maxStalledCount: 1,
      // It looks for delayed jobs, of which there are none.
      guardInterval: 60_000,
      retryProcessDelay: 1_000,
      drainDelay: 5,
      backoffStrategies: {},
    },
  };
}

/** One lane: a Bull queue whose jobs carry the id of a mail, as their own id, and nothing else. */
export class LaneQueue {
  readonly #queue: Queue;
  readonly #active = new Set<MailId>();
  /** Rung while they were worked on: the job that would tell is still the one before. */
  readonly #again = new Set<MailId>();
  readonly #onError: (error: unknown) => void;
  #idle: (() => void)[] = [];
  /** Nobody paused it at Bull, for example in a dashboard; false as long as that is not known. */
  #isOpen = false;
  #isStopped = false;

  constructor(queue: Queue, onError: (error: unknown) => void) {
    this.#queue = queue;
    this.#onError = onError;
    queue.on('error', onError);
    queue.on('completed', (job: Job) => this.#ended(job));
    queue.on('failed', (job: Job | null) => job && this.#ended(job));
    // The relay ends its parts in an order of its own.
    Object.assign(queue, { onApplicationShutdown: async () => undefined });
  }

  /** True while this process works on it and nobody paused it at Bull. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** @throws Error when Redis did not take the rings in time */
  async ring(ids: readonly MailId[]): Promise<void> {
    const fresh = ids.filter((id) => !this.#isActive(id));
    for (let from = 0; from < fresh.length; from += BATCH) {
      if ((await waitFor(this.#add(fresh.slice(from, from + BATCH)), RING_TIMEOUT_MS)) === undefined) {
        throw new Error(`Redis took no rings within ${RING_TIMEOUT_MS} ms`);
      }
    }
  }

  serve(concurrency: number, work: (id: MailId) => Promise<void>): void {
    this.#followPause();
    this.#queue
      .process('*', concurrency, async (job: Job) => {
        const id = String(job.id);
        this.#active.add(id);
        try {
          await work(id);
        } finally {
          this.#active.delete(id);
          if (this.#active.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
        }
      })
      .catch(this.#onError);
  }

  /** Takes no further job; resolves when those that run have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#isOpen = false;
    // Bull waits for Redis here, which may be away; the jobs are ours to wait for.
    await waitFor(this.#queue.pause(true).catch(this.#onError), CALM_TIMEOUT_MS);
    if (this.#active.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async counts(): Promise<LaneCounts> {
    // Its types leave out what a dashboard paused.
    const counts: JobCounts & { readonly paused?: number } = await this.#queue.getJobCounts();
    const { waiting, active, paused = 0 } = counts;
    return { waiting: waiting + paused, active };
  }

  async close(): Promise<void> {
    await waitFor(this.#queue.close().catch(this.#onError), CALM_TIMEOUT_MS);
  }

  #followPause(): void {
    const look = (): void => {
      this.#queue
        .isPaused()
        .then((isPaused) => (this.#isOpen = !isPaused && !this.#isStopped), this.#onError);
    };
    this.#queue.on('global:paused', () => (this.#isOpen = false));
    this.#queue.on('global:resumed', look);
    // What was said while the connection was lost was not heard.
    this.#queue.client.on('ready', look);
    look();
  }

  async #add(ids: readonly MailId[]): Promise<true> {
    const [id] = ids;
    if (ids.length === 1 && id !== undefined) await this.#queue.add(JOB, {}, { jobId: id });
    else {
      await this.#queue.addBulk(ids.map((jobId) => ({ name: JOB, data: {}, opts: { jobId } })));
    }
    return true;
  }

  #isActive(id: MailId): boolean {
    if (!this.#active.has(id)) return false;
    this.#again.add(id);
    return true;
  }

  #ended(job: Job): void {
    const id = String(job.id);
    if (this.#again.delete(id)) this.ring([id]).catch(this.#onError);
  }
}
