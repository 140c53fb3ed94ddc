import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { SmtpSink } from '../support/smtp-sink.js';

const CHILD = new URL('shutdown-child.mjs', import.meta.url).pathname;
const MAILS = 200;

interface FinalState {
  readonly messageId: string;
  readonly state: string;
}

let sink: SmtpSink | undefined;
afterEach(() => sink?.close());

/** Runs the child, tells it to end once the sink has some mails, and gives back what it says of each mail. */
async function endInTheMiddle(drainMs: number): Promise<readonly FinalState[]> {
  sink = await SmtpSink.start({ faults: { eod: { delayMs: 30 } } });
  const child = fork(CHILD, [sink.url, String(MAILS), String(drainMs)], { stdio: 'inherit' });
  await sink.waitForMessages(20);
  const ended = once(child, 'exit');
  const said = once(child, 'message');
  child.send('end');
  const [{ states }] = (await said) as [{ readonly states: readonly FinalState[] }];
  const [code] = (await ended) as [number | null];
  expect(code).toBe(0);
  return states;
}

function timesCaught({ messageId }: FinalState): number {
  return sink?.messages.filter((message) => message.header('Message-ID') === messageId).length ?? 0;
}

describe('shutdown in the middle of 200 sends', () => {
  it('finishes what is due when there is time, and exits by itself', async () => {
    const states = await endInTheMiddle(20_000);
    expect(states).toHaveLength(MAILS);
    expect(states.filter(({ state }) => state !== 'sent')).toEqual([]);
    expect(states.filter((one) => timesCaught(one) !== 1)).toEqual([]);
  });

  it('leaves every mail settled or pending when there is not, none sent twice, and exits by itself', async () => {
    const states = await endInTheMiddle(100);
    expect(states).toHaveLength(MAILS);
    expect(
      states.filter(({ state }) => !['sent', 'queued', 'held', 'deferred', 'uncertain'].includes(state)),
    ).toEqual([]);
    expect(states.filter((one) => one.state === 'sent' && timesCaught(one) !== 1)).toEqual([]);
    expect(
      states.filter((one) => ['queued', 'held', 'deferred'].includes(one.state) && timesCaught(one) !== 0),
    ).toEqual([]);
    expect(states.filter((one) => timesCaught(one) > 1)).toEqual([]);
    expect(states.some(({ state }) => state === 'sent')).toBe(true);
    expect(states.some(({ state }) => state !== 'sent')).toBe(true);
  });
});
