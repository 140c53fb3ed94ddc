/** What a command reads and writes besides files; tests hold it in their hands. */
export interface CommandIo {
  readonly cwd: string;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Ends what watches. */
  readonly signal: AbortSignal;
}

/** 0: well. 1: something is to be mended. 2: the command was not understood. */
export type ExitCode = 0 | 1 | 2;
