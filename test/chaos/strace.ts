/** One system call of a trace, with its place in it: what began or ended earlier has the smaller number. */
export interface TracedCall {
  readonly name: string;
  /** What its first argument stands for, as `strace -y` says. */
  readonly file: string;
  readonly text: string;
  readonly began: number;
  readonly ended: number;
  readonly succeeded: boolean;
}

const LINE = /^(\d+) +[\d.]+ (?:<\.\.\. (\w+) resumed>|(\w+)\(\d+<([^>]*)>)(.*)$/;
const UNFINISHED = '<unfinished ...>';

/** Reads the output of `strace -f -y -ttt -o`: calls of several threads, some of them interrupted by another's. */
export function readTrace(output: string): readonly TracedCall[] {
  const calls: TracedCall[] = [];
  const unfinished = new Map<string, Omit<TracedCall, 'ended' | 'succeeded'>>();
  for (const [at, line] of output.split('\n').entries()) {
    const [, thread = '', resumed, name, file = '', rest = ''] = LINE.exec(line) ?? [];
    const before = unfinished.get(thread);
    if (resumed !== undefined && before?.name === resumed) {
      unfinished.delete(thread);
      calls.push({ ...before, text: before.text + rest, ended: at, succeeded: / = \d+$/.test(rest) });
    } else if (name !== undefined) {
      const call = { name, file, text: rest, began: at };
      if (rest.endsWith(UNFINISHED)) unfinished.set(thread, call);
      else calls.push({ ...call, ended: at, succeeded: / = \d+$/.test(rest) });
    }
  }
  return calls;
}
