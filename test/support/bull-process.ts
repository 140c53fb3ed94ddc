import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { MailDraft, MailReceipt } from 'nestjs-mail-relay';

const CHILD = new URL('../integration/bull-child.mjs', import.meta.url).pathname;

export interface BullProcessOptions {
  readonly url: string;
  readonly redis: string;
  readonly namespace: string;
  readonly worker: boolean | { readonly concurrency: number };
}

/** One process of an application with Bull. */
export class BullProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(options: BullProcessOptions): Promise<BullProcess> {
    const child = fork(CHILD, [JSON.stringify(options)], { stdio: 'inherit' });
    await said(child);
    return new BullProcess(child);
  }

  async queue(drafts: readonly MailDraft[]): Promise<readonly MailReceipt[]> {
    const answer = said(this.#child);
    this.#child.send({ queue: drafts });
    return (await answer).receipts ?? [];
  }

  /** Ends it in an orderly way. @returns its exit code */
  async end(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const ended = once(this.#child, 'exit');
    this.#child.send({ end: true });
    const [code] = (await ended) as [number | null];
    return code;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** The next message of a child; one that ends says no more. */
async function said(child: ChildProcess): Promise<{ readonly receipts?: readonly MailReceipt[] }> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const [message] = (await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`a process of the test ended with ${String(code)}`);
      }),
    ])) as [{ readonly receipts?: readonly MailReceipt[] }];
    return message;
  } finally {
    over.abort();
  }
}
