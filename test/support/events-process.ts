import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { MailDraft, MailReceipt } from 'nestjs-mail-relay';

const CHILD = new URL('../integration/events-child.mjs', import.meta.url).pathname;

export interface EventsProcessOptions {
  readonly url: string;
  readonly redis: string;
  readonly namespace: string;
  readonly worker: boolean;
  /** Whether its application has listeners. */
  readonly listens: boolean;
  /** Its durable listener never comes to an end. @default false */
  readonly hangs?: boolean | undefined;
}

/** A call of a listener. */
export interface Heard {
  readonly by: 'durable' | 'everywhere';
  readonly id: string;
  /** When it happened and when it was heard, milliseconds since the epoch. */
  readonly happenedAt: number;
  readonly at: number;
}

interface Said {
  readonly ready?: true;
  readonly heard?: Heard;
  readonly receipts?: readonly MailReceipt[];
}

/** One process of an application that listens to mail events. */
export class EventsProcess {
  readonly heard: Heard[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', ({ heard }: Said) => heard && this.heard.push(heard));
  }

  static async start(options: EventsProcessOptions): Promise<EventsProcess> {
    const child = fork(CHILD, [JSON.stringify(options)], { stdio: 'inherit' });
    const started = new EventsProcess(child);
    await started.#said('ready');
    return started;
  }

  heardBy(by: Heard['by']): readonly Heard[] {
    return this.heard.filter((one) => one.by === by);
  }

  async queue(drafts: readonly MailDraft[]): Promise<readonly MailReceipt[]> {
    const answer = this.#said('receipts');
    this.#child.send({ queue: drafts });
    return (await answer).receipts ?? [];
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Ends it in an orderly way. @returns its exit code */
  async end(): Promise<number | null> {
    const ended = once(this.#child, 'exit');
    this.#child.send({ end: true });
    const [code] = (await ended) as [number | null];
    return code;
  }

  /** The next message of a kind; a process that ends says no more. */
  #said(kind: keyof Said): Promise<Said> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: Said): void => {
        if (!(kind in message)) return;
        this.#child.off('exit', onExit);
        this.#child.off('message', onMessage);
        resolve(message);
      };
      const onExit = (code: number | null): void =>
        reject(new Error(`a process of the test ended with ${String(code)}`));
      this.#child.on('message', onMessage);
      this.#child.once('exit', onExit);
    });
  }
}
