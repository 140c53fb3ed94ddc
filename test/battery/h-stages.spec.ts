import { describe, expect, it } from 'vitest';
import { close, drip, reply, reset, shutdown, silence, type SinkFault } from '../support/smtp-sink.js';
import { expectedAt, meets, UPSTREAM_STAGES, type Expected } from './upstream.js';

const NETWORK = 'deferred network';
const PROTOCOL = 'deferred protocol';
const LOST: Expected = { '*': NETWORK, eod: 'uncertain uncertain' };
const BROKEN: Expected = { '*': PROTOCOL, eod: 'uncertain uncertain' };

/** At every stage, with PIPELINING and without. */
function atEveryStage(
  row: (stage: (typeof UPSTREAM_STAGES)[number], pipelining: boolean) => Promise<void>,
): readonly (readonly [string, () => Promise<void>])[] {
  return UPSTREAM_STAGES.flatMap((stage) =>
    [true, false].map(
      (pipelining) =>
        [pipelining ? stage : `${stage}, without PIPELINING`, () => row(stage, pipelining)] as const,
    ),
  );
}

async function expectFault(
  stage: (typeof UPSTREAM_STAGES)[number],
  fault: SinkFault,
  expected: Expected,
  pipelining: boolean,
  isEndless = false,
): Promise<void> {
  expect(await meets(stage, fault, { pipelining }, isEndless)).toBe(expectedAt(stage, expected));
}

describe('An upstream that refuses', () => {
  const FOR_GOOD: Expected = {
    connect: NETWORK,
    ehlo: NETWORK,
    starttls: 'deferred tls',
    auth: 'deferred our_account',
    mail: 'bounced sender',
    rcpt: 'bounced unknown.hard',
    data: 'bounced unknown.hard',
    eod: 'bounced unknown.hard',
  };
  it.each(
    atEveryStage((stage, pipelining) => expectFault(stage, reply('550 5.0.0 No'), FOR_GOOD, pipelining)),
  )('H1: 5yz at %s is judged by the stage', (_, run) => run());

  it.each(
    atEveryStage((stage, pipelining) =>
      expectFault(stage, reply('451 4.3.0 Later'), { '*': NETWORK, starttls: 'deferred tls' }, pipelining),
    ),
  )('H2: 4yz at %s defers', (_, run) => run());

  it.each(
    atEveryStage((stage, pipelining) =>
      expectFault(stage, shutdown, { '*': NETWORK, starttls: 'deferred tls' }, pipelining),
    ),
  )('H5: 421 and the end of the connection at %s is tried again', (_, run) => run());
});

describe('An upstream that is gone', () => {
  it.each(atEveryStage((stage, pipelining) => expectFault(stage, close, LOST, pipelining)))(
    'H3: a close without a reply at %s is the network, and uncertain after the dot',
    (_, run) => run(),
  );

  it.each(atEveryStage((stage, pipelining) => expectFault(stage, reset, LOST, pipelining)))(
    'H4: a reset at %s is the network, and uncertain after the dot',
    (_, run) => run(),
  );

  it.each(atEveryStage((stage, pipelining) => expectFault(stage, silence, LOST, pipelining, true)))(
    'H6: silence at %s ends at the deadline of the answer',
    (_, run) => run(),
  );
});

describe('An upstream that is slow', () => {
  it.each(atEveryStage((stage, pipelining) => patiently(stage, drip(1), pipelining)))(
    'H7: a reply in single octets at %s is understood',
    (_, run) => run(),
  );

  const endless = { raw: `250-${'x'.repeat(100_000)}`, dripMs: 5 };
  it.each(atEveryStage((stage, pipelining) => expectFault(stage, endless, LOST, pipelining, true)))(
    'H7: a drip without end at %s ends at the deadline of the answer',
    (_, run) => run(),
  );

  async function patiently(
    stage: (typeof UPSTREAM_STAGES)[number],
    fault: SinkFault,
    pipelining: boolean,
  ): Promise<void> {
    expect(await meets(stage, fault, { pipelining })).toBe('sent');
  }
});

describe('An upstream that makes no sense', () => {
  it.each(each(reply('hello there'), reply('250-one', 'two', '250 three')))(
    'H10: a reply without a code at %s is no success, and ends the connection',
    (_, run) => run(),
  );

  it.each(each(reply('250-yes', '550 no'), reply('550-no', '250 yes'), reply('354-go', '250 ahead')))(
    'H11: lines with different codes at %s are no success, and end the connection',
    (_, run) => run(),
  );

  it.each(each({ raw: '250-more\r\n'.repeat(120_000) }, { raw: '2'.repeat(1_100_000) }))(
    'H12: a reply without end at %s is cut off, and ends the connection',
    (_, run) => run(),
  );

  it.each(UPSTREAM_STAGES.map((stage) => [stage] as const))('H10: garbage of octets at %s', async (stage) => {
    const raw = Buffer.from([0xff, 0x00, 0x1b, 0x5b, 0x32, 0x4a, 0x0a, 0xc3, 0x28, 0x0d, 0x0a]);
    expect(await meets(stage, { raw })).toBe(expectedAt(stage, BROKEN));
  });

  it('H12: what never ends is cut at a megabyte', async () => {
    const before = process.memoryUsage().arrayBuffers;
    for (const raw of ['250-more\r\n'.repeat(400_000), 'x'.repeat(4_000_000)])
      expect(await meets('mail', { raw })).toBe(PROTOCOL);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  function each(...faults: readonly SinkFault[]) {
    return faults.flatMap((fault) =>
      atEveryStage(async (stage, pipelining) =>
        expect(await meets(stage, fault, { pipelining })).toBe(expectedAt(stage, BROKEN)),
      ),
    );
  }
});
