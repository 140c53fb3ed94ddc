import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const CHILD = new URL('kill-child.mjs', import.meta.url).pathname;

/** What a child is told to be. */
export interface KillChildOptions {
  readonly smtp: string;
  readonly storage:
    { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'redis'; readonly url: string };
  readonly sends: boolean;
  /** The mails to queue: from this one on, and not the last. */
  readonly from: number;
  readonly to: number;
  /** What is taken away from it. */
  readonly missing?: 'claim' | 'mark' | 'keeper' | undefined;
}

export interface KillCounts {
  readonly pending: number;
  readonly claimed: number;
  /** Rings that wait or are worked on. */
  readonly ringing: number;
  readonly kept: number;
}

export type KillMessage =
  | { readonly kind: 'accepted'; readonly i: number; readonly mailId: string; readonly messageId: string }
  | { readonly kind: 'uncertain'; readonly mailId: string }
  | { readonly kind: 'counts'; readonly counts: KillCounts }
  | { readonly kind: 'attempts'; readonly attempts: readonly (readonly [string, number])[] }
  | { readonly kind: 'replay'; readonly mails: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'idle' };

/** A process that can be killed in the middle of whatever it does, and started again. */
export class Killable {
  readonly #options: () => KillChildOptions;
  readonly #heard: (message: KillMessage) => void;
  #child: ChildProcess | undefined;
  #waiting: ((message: KillMessage) => void) | undefined;

  constructor(options: () => KillChildOptions, heard: (message: KillMessage) => void) {
    this.#options = options;
    this.#heard = heard;
  }

  start(): void {
    const child = fork(CHILD, [JSON.stringify(this.#options())], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', (message: KillMessage) => {
      this.#heard(message);
      if (message.kind !== 'accepted' && message.kind !== 'uncertain') this.#waiting?.(message);
    });
    this.#child = child;
  }

  async kill9(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Undefined when it does not answer, because it is just starting or cannot reach its storage. */
  async ask(
    ask: 'counts' | 'attempts' | 'replay',
    ids: readonly string[] = [],
  ): Promise<KillMessage | undefined> {
    if (!this.#child?.connected) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<KillMessage | undefined>((resolve) => {
      this.#waiting = (message) => {
        if (message.kind === ask) resolve(message);
        else if (message.kind === 'failed') resolve(undefined);
      };
      timer = setTimeout(() => resolve(undefined), 5000);
    });
    this.#child.send({ ask, ids });
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }
}
