import { parentPort, workerData } from 'node:worker_threads';
import { MailRelayError } from '../../../core/mail-relay-error.js';
import { loadSqlPackages } from '../file/sql-packages.js';
import { CallRunner, toldError } from './call-runner.js';
import type { FromThread, ThreadSettings, ToThread } from './messages.js';

/** The thread that holds a spool's file: the only place that waits for the disk. */
async function serve(settings: ThreadSettings, tell: (message: FromThread) => void): Promise<void> {
  let runner: CallRunner;
  try {
    runner = await CallRunner.open(await loadSqlPackages(), settings);
  } catch (error) {
    if (!MailRelayError.is(error)) throw error;
    tell({ kind: 'refused', error: toldError(error) });
    return;
  }
  // Whoever asks sends one batch and waits for its answers; batches never overlap.
  parentPort?.on('message', (message: ToThread) => void answer(runner, message, tell));
  tell({ kind: 'open' });
}

async function answer(
  runner: CallRunner,
  message: ToThread,
  tell: (message: FromThread) => void,
): Promise<void> {
  if (message !== 'close') return tell({ kind: 'answers', answers: await runner.run(message) });
  runner.close();
  tell({ kind: 'closed' });
  parentPort?.close();
}

if (parentPort) {
  const port = parentPort;
  await serve(workerData as ThreadSettings, (message) => port.postMessage(message));
}
