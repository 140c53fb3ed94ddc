import type { Clock } from '../../core/schedule/clock.js';
import { MailRelayError } from '../../core/mail-relay-error.js';
import { refuseDraft } from '../../core/refusal.js';
import type { MailEventPublisher } from '../../events/mail-event-bus.js';
import type { Spool } from '../../spool/spool.js';
import type { Bell } from '../../bell/bell.js';
import type { Intake } from '../intake.js';
import type { MailMaker } from '../mail-maker.js';
import { BatchStore } from './batch-store.js';
import { BulkTally } from './bulk-tally.js';
import type { BulkDraft, MakeBulkDraft } from './bulk-drafts.js';
import type { MadeMail } from './made-mail.js';
import type { BulkResult, BulkSource, QueueManyOptions } from './queue-many-options.js';
import { readSource } from './read-source.js';

export interface BulkRunOptions {
  readonly maker: MailMaker;
  readonly intake: Intake;
  readonly spool: Spool;
  readonly events: MailEventPublisher;
  readonly bell: Bell;
  readonly clock: Clock;
}

const BULK_ID = /^[A-Za-z0-9_.:-]{1,100}$/;
const DEFAULT_BATCH = 100;
const MAX_BATCH = 1000;
/** Mails that are made side by side; each may hold attachments. */
const MAKERS = 8;
/** A batch is stored early when its messages are this large together, octets. */
const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * One pass over a source of drafts. At any time it holds the drafts that are being made, one batch that grows and one
 * that is being stored: the source is read as fast as the spool stores.
 */
export class BulkRun<Item> {
  readonly #o: BulkRunOptions;
  readonly #run: QueueManyOptions;
  readonly #makeDraft: MakeBulkDraft<Item>;
  readonly #tally: BulkTally;
  readonly #store: BatchStore;
  readonly #batchSize: number;

  constructor(options: BulkRunOptions, run: QueueManyOptions, makeDraft: MakeBulkDraft<Item>) {
    checkRun(run);
    this.#o = options;
    this.#run = run;
    this.#makeDraft = makeDraft;
    this.#batchSize = run.batchSize ?? DEFAULT_BATCH;
    this.#tally = new BulkTally(run.onProblem);
    this.#store = new BatchStore(options, run.signal);
  }

  async run(source: BulkSource<Item>): Promise<BulkResult> {
    let batch: MadeMail[] = [];
    let storing: Promise<void> = Promise.resolve();
    const flush = async (): Promise<void> => {
      await storing;
      const full = batch;
      batch = [];
      storing = this.#storeBatch(full);
      // Whoever awaits it next hears of its failure; until then it is not an unhandled one.
      storing.catch(() => undefined);
    };
    let items: (readonly [Item, number])[] = [];
    const make = async (): Promise<void> => {
      const made = await Promise.all(items.map(([item, index]) => this.#make(item, index)));
      items = [];
      batch.push(...made.filter((one) => one !== undefined));
      const bytes = batch.reduce((sum, { entry }) => sum + entry.message.length, 0);
      if (batch.length >= this.#batchSize || bytes >= BATCH_BYTES) await flush();
    };

    const failure = await this.#each(source, async (item, index) => {
      items.push([item, index]);
      if (items.length >= Math.min(MAKERS, this.#batchSize - batch.length)) await make();
    });
    if (!this.#aborted) await make();
    if (!this.#aborted && batch.length > 0) await flush();
    await storing;
    if (failure) throw failure;
    return { ...this.#tally.counts(), aborted: this.#aborted, problems: this.#tally.problems };
  }

  get #aborted(): boolean {
    return this.#run.signal?.aborted ?? false;
  }

  /** What the source failed with, so that what it gave before can still be stored. */
  async #each(
    source: BulkSource<Item>,
    take: (item: Item, index: number) => Promise<void>,
  ): Promise<MailRelayError | undefined> {
    const items = readSource(source, this.#run.signal);
    for (;;) {
      let next: IteratorResult<Item, void>;
      try {
        next = await items.next();
      } catch (cause) {
        return new MailRelayError(
          'ERR_MAIL_RELAY_BULK_SOURCE',
          `The source of queueMany() failed after ${this.#tally.counts().read} items; what it gave before is ` +
            'accepted. See the cause; with a bulkId the run can be repeated from the beginning.',
          { cause },
        );
      }
      if (next.done) return undefined;
      try {
        this.#o.intake.refuseWhenClosed();
        await take(next.value, this.#tally.read());
      } catch (error) {
        await items.return();
        throw error;
      }
    }
  }

  async #make(item: Item, index: number): Promise<MadeMail | undefined> {
    let key: string | undefined;
    try {
      const made: BulkDraft = this.#makeDraft(item, index);
      ({ key } = made);
      return { index, key, entry: await this.#o.maker.make(made.draft) };
    } catch (error) {
      if (!MailRelayError.is(error)) throw error;
      await this.#tally.failed({ index, key, error });
      return undefined;
    }
  }

  async #storeBatch(batch: readonly MadeMail[]): Promise<void> {
    const { events, bell } = this.#o;
    for await (const stored of this.#store.store(batch)) {
      for (const { mail, answer } of stored) {
        if (answer instanceof Error) await this.#tally.failed({ ...mail, error: answer });
        else this.#tally.stored(answer);
      }
      const fresh = stored.flatMap(({ mail, answer }) =>
        answer instanceof Error || answer.deduplicated ? [] : { mail, spooled: answer.spooled },
      );
      events.publish(fresh.flatMap(({ mail }) => mail.entry.events ?? []));
      await bell.ring(fresh.map(({ spooled }) => spooled));
    }
    await this.#run.onProgress?.(this.#tally.counts());
  }
}

function checkRun({ bulkId, batchSize }: QueueManyOptions): void {
  if (bulkId !== undefined && !BULK_ID.test(bulkId)) {
    refuseDraft(
      'bulkId',
      'be 1 to 100 characters of A-Za-z0-9_.:-',
      'it is another value: use the id of the campaign',
    );
  }
  if (batchSize !== undefined && !(Number.isInteger(batchSize) && batchSize >= 1 && batchSize <= MAX_BATCH)) {
    refuseDraft('batchSize', `be a whole number from 1 to ${MAX_BATCH}`, 'it is another value: leave it out');
  }
}
