import { Worker, type Transferable } from 'node:worker_threads';
import type { Clock } from '../../../core/schedule/clock.js';
import { MailRelayError } from '../../../core/mail-relay-error.js';
import type { CallName, SpoolCalls } from '../calls/spool-calls.js';
import type { CallAnswer, FromThread, ThreadSettings, ToldError, ToThread } from './messages.js';

export interface SpoolClientOptions {
  readonly settings: ThreadSettings;
  readonly clock: Clock;
  /** Calls that may share a transaction. */
  readonly maxBatch: number;
  /** Calls that may wait; beyond it whoever asks is refused at once. */
  readonly maxWaiting: number;
  /** How long a batch may take until the disk is said to hang, milliseconds. */
  readonly patienceMs: number;
}

type Answer<Name extends CallName> = Awaited<ReturnType<SpoolCalls[Name]>>;

interface WaitingCall {
  readonly name: CallName;
  readonly args: readonly unknown[];
  readonly transfer: readonly Transferable[];
  readonly resolve: (value: never) => void;
  readonly reject: (error: MailRelayError) => void;
}

/**
 * Asks the thread that holds a spool's file. While a batch is under way everything else that is asked waits and becomes
 * the next one: the more callers, the more of them share one sync of the disk, and nobody waits for a timer.
 */
export class SpoolClient {
  readonly #o: SpoolClientOptions;
  readonly #worker: Worker;
  /** What workers ask; it goes before new mail, so that intake never holds up delivery. */
  readonly #delivery: WaitingCall[] = [];
  readonly #intake: WaitingCall[] = [];
  #underway: readonly WaitingCall[] = [];
  #isHanging = false;
  #stopWatching: (() => void) | undefined;
  #gone: MailRelayError | undefined;
  #closing: Promise<void> | undefined;
  #closed: (() => void) | undefined;

  private constructor(options: SpoolClientOptions, worker: Worker) {
    this.#o = options;
    this.#worker = worker;
  }

  /** Resolves when the file is open; rejects with why it could not be opened. */
  static async open(options: SpoolClientOptions): Promise<SpoolClient> {
    const worker = new Worker(new URL('./spool-thread.js', import.meta.url), {
      workerData: options.settings,
      name: `mail spool ${options.settings.relay}`,
    });
    const client = new SpoolClient(options, worker);
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'open') resolve();
        else if (message.kind === 'refused') reject(heardError(message.error));
        else client.#hear(message);
      });
      worker.on('error', (cause) => {
        client.#lose(cause);
        reject(client.#gone ?? cause);
      });
      worker.on('exit', () => {
        client.#lose(undefined);
        reject(client.#gone ?? new Error('the thread of the spool has ended'));
      });
    });
    // An idle spool does not keep the process alive.
    worker.unref();
    return client;
  }

  /** @param transfer buffers that nobody else uses: they are moved instead of copied */
  ask<Name extends CallName>(
    name: Name,
    args: Parameters<SpoolCalls[Name]>,
    transfer: readonly Transferable[] = [],
  ): Promise<Answer<Name>> {
    return new Promise<Answer<Name>>((resolve, reject) => {
      const refusal = this.#refusal(name);
      if (refusal) return reject(refusal);
      const waiting = name === 'add' ? this.#intake : this.#delivery;
      waiting.push({ name, args, transfer, resolve, reject });
      if (this.#underway.length === 0) this.#send();
    });
  }

  /** Answers what was asked before, then closes the file. */
  close(): Promise<void> {
    this.#closing ??= this.#gone
      ? Promise.resolve()
      : new Promise<void>((resolve) => {
          this.#closed = resolve;
          this.#worker.ref();
          if (this.#underway.length === 0) this.#tell('close');
        });
    return this.#closing;
  }

  #refusal(name: CallName): MailRelayError | undefined {
    if (this.#gone) return this.#gone;
    if (this.#closing)
      return this.#error('ERR_MAIL_RELAY_CLOSED', 'is closed: the application is shutting down.');
    if (this.#isHanging) return this.#unavailable('waits for the disk. Nothing was stored: try again later.');
    const waiting = this.#intake.length + this.#delivery.length;
    if (name !== 'add' || waiting < this.#o.maxWaiting) return undefined;
    return this.#unavailable(
      `has ${waiting} calls waiting: the disk does not keep up. Nothing was stored: try again later.`,
    );
  }

  #send(): void {
    const { maxBatch, clock, patienceMs } = this.#o;
    const delivery = this.#delivery.splice(0, maxBatch);
    const intake = this.#intake.splice(0, maxBatch - delivery.length);
    this.#underway = [...delivery, ...intake];
    if (this.#underway.length === 0) {
      if (this.#closing) this.#tell('close');
      else this.#worker.unref();
      return;
    }
    this.#worker.ref();
    this.#stopWatching = clock.after(patienceMs, () => this.#hang());
    const moment = { now: clock.now(), steady: clock.steady() };
    const calls = this.#underway.map(({ name, args }) => ({ name, args }));
    try {
      this.#tell(
        { moment, calls },
        this.#underway.flatMap(({ transfer }) => transfer),
      );
    } catch (cause) {
      this.#refuseUnderway(cause);
    }
  }

  /** What cannot be cloned never reaches the thread. */
  #refuseUnderway(cause: unknown): void {
    this.#stopWatching?.();
    for (const { reject } of this.#underway) reject(this.#unavailable('was asked what it cannot be.', cause));
    this.#send();
  }

  #tell(message: ToThread, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #hear(message: FromThread): void {
    if (message.kind === 'answers') {
      this.#stopWatching?.();
      this.#isHanging = false;
      const answered = this.#underway;
      this.#send();
      for (const [i, call] of answered.entries()) settle(call, message.answers[i]);
    } else if (message.kind === 'closed') {
      this.#closed?.();
    }
  }

  /** Whoever waits is told the truth: nobody knows what will become of what is under way. */
  #hang(): void {
    this.#isHanging = true;
    const seconds = this.#o.patienceMs / 1000;
    for (const { reject } of this.#underway) {
      reject(
        this.#unavailable(
          `did not answer within ${seconds} s. Whether this was stored is unknown; with an idempotency key it is safe to ask again.`,
        ),
      );
    }
    for (const { reject } of [...this.#delivery.splice(0), ...this.#intake.splice(0)]) {
      reject(
        this.#unavailable(`waits for the disk since ${seconds} s. Nothing was stored: try again later.`),
      );
    }
  }

  #lose(cause: unknown): void {
    if (this.#closing) this.#closed?.();
    this.#stopWatching?.();
    this.#gone ??= this.#closing
      ? this.#error('ERR_MAIL_RELAY_CLOSED', 'is closed: the application is shutting down.')
      : this.#unavailable('lost its thread. What is stored is safe: restart the application.', cause);
    for (const { reject } of [...this.#underway, ...this.#delivery.splice(0), ...this.#intake.splice(0)]) {
      reject(this.#gone);
    }
    this.#underway = [];
  }

  #unavailable(what: string, cause?: unknown): MailRelayError {
    return this.#error('ERR_MAIL_RELAY_SPOOL_UNAVAILABLE', what, cause);
  }

  #error(code: MailRelayError['code'], what: string, cause?: unknown): MailRelayError {
    return new MailRelayError(code, `The spool in ${this.#o.settings.path} ${what}`, { cause });
  }
}

function settle({ resolve, reject }: WaitingCall, answer: CallAnswer | undefined): void {
  if (answer && 'value' in answer) resolve(answer.value as never);
  else if (answer) reject(heardError(answer.error));
}

function heardError({ code, message, field, cause }: ToldError): MailRelayError {
  return new MailRelayError(code, message, {
    field,
    cause: cause === undefined ? undefined : new Error(cause),
  });
}
