import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface CommandResult {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After this the command is killed: it did not end by itself. */
  readonly timeoutMs?: number;
}

/** What the test runner sets in its own process; an application started by hand has none of it. */
const OF_THE_TEST_RUN = /^(NODE_ENV|NODE_OPTIONS|TEST|MODE|DEV|PROD|SSR|BASE_URL|FORCE_COLOR|VITE.*)$/;

/** Runs a command to its end, whatever that is. */
export async function attempt(
  [command = '', ...args]: readonly string[],
  { cwd, env = {}, timeoutMs = 240_000 }: CommandOptions,
): Promise<CommandResult> {
  const inherited = Object.entries(process.env).filter(([name]) => !OF_THE_TEST_RUN.test(name));
  const child = spawn(command, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, stdout, stderr };
}

/** Runs a command that must succeed; what it printed is told only when it does not. */
export async function run(command: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const result = await attempt(command, options);
  if (result.code === 0) return result;
  const { code, signal, stdout, stderr } = result;
  throw new Error(`"${command.join(' ')}" ended with ${code ?? signal}:\n${stdout}\n${stderr}`);
}
