import { spawn, type ChildProcess } from 'node:child_process';
import type { FailureEvidence } from '../../core/failure/failure-evidence.js';
import type { Clock } from '../../core/schedule/clock.js';
import { abortEvidence } from '../abort-evidence.js';

/** What is known where the program gave no exit code. @internal */
export type SendmailLoss = Pick<FailureEvidence, 'provenance' | 'stage' | 'errorCode' | 'endOfDataSent'>;

/** How the program ended. @internal */
export type SendmailEnd =
  | { readonly kind: 'exit'; readonly code: number; readonly stderr: string; readonly ended: boolean }
  | { readonly kind: 'lost'; readonly loss: SendmailLoss };

/** What a run needs. @internal */
export interface SendmailRun {
  readonly path: string;
  readonly args: readonly string[];
  /** Reads what is written to the program, with its line ends. */
  readonly message: () => Promise<Buffer>;
  readonly handOver: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const MAX_STDERR_BYTES = 4096;
/** What such programs look at. Everything else stays here: environments are full of secrets. */
const ENVIRONMENT = ['HOME', 'LANG', 'LC_ALL', 'LOGNAME', 'PATH', 'TZ', 'USER'];

/**
 * Runs a program called sendmail for one message, without a shell. The end of its input is what it takes
 * responsibility at, so that comes only once the handed-over mark is stored, and never when the message is not whole:
 * a run that has to stop is killed, with all its children, before its input ends.
 *
 * @internal
 */
export class SendmailProcess {
  #child: ChildProcess | undefined;
  #ended = false;
  #stopped: SendmailLoss | undefined;
  #stderr = '';

  constructor(private readonly run: SendmailRun) {}

  /** Never rejects. To be called once. */
  finish(): Promise<SendmailEnd> {
    const { run } = this;
    return new Promise((resolve) => {
      const onAbort = () => this.#stop(abortEvidence(run.signal, this.#stage()));
      const cancelTimer = run.clock.after(run.timeoutMs, () =>
        this.#stop({ provenance: 'timeout', stage: this.#stage() }),
      );
      const settle = (end: SendmailEnd) => {
        cancelTimer();
        run.signal.removeEventListener('abort', onAbort);
        resolve(end);
      };
      const child = spawn(run.path, run.args, {
        // A group of its own, so that it can be killed with the programs it started.
        detached: true,
        stdio: ['pipe', 'ignore', 'pipe'],
        env: Object.fromEntries(ENVIRONMENT.flatMap((name) => entryOf(name))),
      });
      this.#child = child;
      child.on('error', (error) => {
        const errorCode = 'code' in error ? String(error.code) : 'ESPAWN';
        settle({ kind: 'lost', loss: { provenance: 'network', stage: 'conn', errorCode } });
      });
      child.once('spawn', () => void this.#feed(child));
      child.once('exit', (code) => settle(this.#endOf(code)));
      // A program that ends early says so by its exit code.
      child.stdin?.on('error', () => undefined);
      child.stderr?.on('error', () => undefined);
      child.stderr?.on('data', (chunk: Buffer) => {
        if (this.#stderr.length < MAX_STDERR_BYTES) this.#stderr += chunk.toString('utf8');
      });
      run.signal.addEventListener('abort', onAbort);
      if (run.signal.aborted) onAbort();
    });
  }

  async #feed(child: ChildProcess): Promise<void> {
    const { message, handOver } = this.run;
    let octets: Buffer;
    try {
      octets = await message();
    } catch {
      return this.#stop({ provenance: 'local', stage: 'body', errorCode: 'EMESSAGEREAD' });
    }
    const { stdin } = child;
    if (this.#stopped !== undefined || stdin === null) return;
    const isWritten = await new Promise<boolean>((resolve) => {
      stdin.write(octets, (error) => resolve(error === null || error === undefined));
    });
    // The program is gone, or reads no more: its exit tells why.
    if (!isWritten) return;
    try {
      await handOver();
    } catch {
      return this.#stop({ provenance: 'local', stage: 'body', errorCode: 'EHANDOVER' });
    }
    if (this.#stopped !== undefined) return;
    this.#ended = true;
    stdin.end();
  }

  #stage(): 'body' | 'eod' {
    return this.#ended ? 'eod' : 'body';
  }

  /** Its input stays open until it is dead: the end of a part would be taken for the end of the message. */
  #stop(loss: SendmailLoss): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { ...loss, endOfDataSent: this.#ended };
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Gone already: its exit is about to be told.
    }
  }

  #endOf(code: number | null): SendmailEnd {
    this.#child?.stdin?.destroy();
    // A program that had already taken the message says so, even if we had given up.
    if (code === 0 && this.#ended) return { kind: 'exit', code, stderr: this.#stderr, ended: true };
    if (this.#stopped !== undefined) return { kind: 'lost', loss: this.#stopped };
    if (code !== null)
      return { kind: 'exit', code, stderr: this.#stderr.slice(0, MAX_STDERR_BYTES), ended: this.#ended };
    const loss = {
      provenance: 'network',
      stage: this.#stage(),
      errorCode: 'EKILLED',
      endOfDataSent: this.#ended,
    } as const;
    return { kind: 'lost', loss };
  }
}

function entryOf(name: string): readonly (readonly [string, string])[] {
  const value = process.env[name];
  return value === undefined ? [] : [[name, value]];
}
