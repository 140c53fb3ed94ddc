import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect } from 'vitest';

const CHILD = new URL('sql-child.mjs', import.meta.url).pathname;

/** The application of `sql-child.mjs`, and everything it said until it was killed. */
export class SqlProcess {
  readonly #child: ChildProcess;
  readonly #file: string;
  #output = '';

  private constructor(child: ChildProcess, file: string) {
    this.#child = child;
    this.#file = file;
    child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  /** @param url where mail goes; without it nothing is sent */
  static start(file: string, url = '-', first = 0, count = 0): SqlProcess {
    const args = [file, url, String(first), String(count)];
    return new SqlProcess(fork(CHILD, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }), file);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What follows this word, line by line. A line that the kill cut off was not said. */
  said(word: string): readonly string[] {
    return this.#output
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => line.slice(word.length + 1));
  }

  async saidAtLeast(word: string, times: number): Promise<void> {
    await expect.poll(() => this.said(word).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(times);
  }

  /** Kills it with -9. @returns the mails whose last bytes may have left, as the file says */
  async kill(): Promise<readonly string[]> {
    const gone = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await gone;
    return markedMails(this.#file);
  }

  async states(mailIds: readonly string[]): Promise<readonly string[]> {
    const answer = once(this.#child, 'message');
    this.#child.send(mailIds);
    const [states] = (await answer) as [readonly string[]];
    return states;
  }

  /** Lets it shut down. @returns its exit code */
  async end(): Promise<number | null> {
    const gone = once(this.#child, 'close');
    this.#child.send('end');
    const [code] = (await gone) as [number | null];
    return code;
  }
}

/** Reads a copy, so that the next process finds what the killed one left. */
function markedMails(file: string): readonly string[] {
  const copy = `${file}.seen`;
  if (!existsSync(file)) return [];
  copyFileSync(file, copy);
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
  const database = new Database(copy);
  try {
    return database
      .prepare(
        'SELECT id FROM mails WHERE due_at IS NOT NULL AND (handed_over IS NOT NULL OR abandoned IS NOT NULL)',
      )
      .pluck()
      .all() as readonly string[];
  } finally {
    database.close();
  }
}
