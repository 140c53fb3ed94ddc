import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROUND_TIMEOUT_MS = 120_000;
const SINK_TIMEOUT_MS = 10_000;

/**
 * Starts the sink.
 *
 * @returns {Promise<{ port: number, take: () => Promise<import('./sink-counts.mjs').SinkReport>, stop: () => void }>}
 */
export async function startSink() {
  const child = fork(script('sink.mjs'));
  const { port } = await answerOf(child, 'The sink', SINK_TIMEOUT_MS);
  return {
    port,
    take: () => {
      child.send('take');
      return answerOf(child, 'The sink', SINK_TIMEOUT_MS);
    },
    stop: () => child.disconnect(),
  };
}

/**
 * Runs one round of one contender, in a process without history.
 *
 * @param {string} contender
 * @param {number} port
 * @param {'throughput' | 'burst'} kind
 */
export async function runRound(contender, port, kind) {
  // Everybody mails as in production.
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = fork(script('round.mjs'), [contender, String(port), kind], { env });
  try {
    return await answerOf(child, contender, ROUND_TIMEOUT_MS);
  } finally {
    // It has told all it had to tell. The next one starts when it is gone, or they would share the cores.
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
}

/** @param {string} name */
function script(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/**
 * The next message of a child.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} name
 * @param {number} timeoutMs
 * @returns {Promise<any>}
 */
async function answerOf(child, name, timeoutMs) {
  const answered = new AbortController();
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([answered.signal, deadline]);
  const exit = once(child, 'exit', { signal }).then(([code, killedBy]) => {
    throw new Error(`${name} ended without an answer (${killedBy ?? code}).`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), exit]);
    return message;
  } catch (cause) {
    if (deadline.aborted) throw new Error(`${name} did not answer within ${timeoutMs} ms.`, { cause });
    throw cause;
  } finally {
    answered.abort();
  }
}
