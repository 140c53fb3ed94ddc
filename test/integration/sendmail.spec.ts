import { afterEach, describe, expect, it } from 'vitest';
import { sendmail } from '../../src/transports/sendmail/sendmail.js';
import type { SendmailTransportOptions } from '../../src/transports/sendmail/sendmail.js';
import { SendmailProgram } from '../support/sendmail-program.js';
import { sinkRequest, TRANSPORT_SETUP } from '../support/smtp-sink-request.js';

const made: SendmailProgram[] = [];
afterEach(async () => {
  await Promise.all(made.splice(0).map((program) => program.remove()));
});

async function run(
  steps: Parameters<typeof SendmailProgram.make>[0],
  changes: Parameters<typeof sinkRequest>[0] = {},
  options: SendmailTransportOptions = {},
) {
  const program = await SendmailProgram.make(steps);
  made.push(program);
  const transport = sendmail({ path: program.path, ...options }).open(TRANSPORT_SETUP);
  const { outcomes } = await transport.send(sinkRequest(changes));
  return { program, outcomes };
}

describe('the sendmail transport', () => {
  it.each([
    [64, 'protocol', 'deferred'],
    [65, 'message', 'bounced'],
    [67, 'hard.recipient', 'bounced'],
    [68, 'hard.domain', 'bounced'],
    [69, 'network', 'deferred'],
    [75, 'network', 'deferred'],
    [77, 'our_account', 'deferred'],
    [78, 'our_account', 'deferred'],
    [1, 'network', 'deferred'],
    [127, 'network', 'deferred'],
  ])('takes exit code %i for %s', async (code, expected, state) => {
    const { outcomes } = await run({ after: `exit ${code}` });
    expect(outcomes).toMatchObject([{ state, failure: { class: expected } }]);
  });

  it('is in doubt when the program is killed behind the end of the message, and sure about whom it did not ask', async () => {
    const { outcomes } = await run({ after: 'kill -9 $$' }, { to: ['ada@b.test', 'bob@b.test'] });
    expect(outcomes.map(({ state }) => state)).toEqual(['uncertain', 'deferred']);
  });

  it('is sure when the program is gone before a long message is in its pipe', async () => {
    const long = Buffer.concat([
      Buffer.from('From: a@a.test\r\n\r\n'),
      Buffer.alloc(2_000_000, 'a line\r\n'),
    ]);
    const { outcomes } = await run({ before: 'kill -9 $$' }, { message: () => long });
    expect(outcomes).toMatchObject([{ state: 'deferred', failure: { class: 'network', stage: 'body' } }]);
  });

  it('does not believe a success that came before the end of the message', async () => {
    let end: (() => void) | undefined;
    const { outcomes } = await run(
      { before: 'exit 0' },
      {
        handOver: () =>
          new Promise<void>((resolve) => {
            end = resolve;
          }),
      },
    );
    end?.();
    expect(outcomes).toMatchObject([{ state: 'deferred' }]);
  });

  it('ends a run in time, with the programs it started, and none of them takes part of a message', async () => {
    const { program, outcomes } = await run(
      { before: 'cat > "$d/inner.eml" & wait' },
      { handOver: () => new Promise(() => undefined) },
      { timeoutMs: 300 },
    );
    expect(outcomes).toMatchObject([{ state: 'deferred', failure: { class: 'network', stage: 'body' } }]);
    const taken = await program.taken().catch(() => []);
    expect(taken.filter(({ args }) => args.length > 1)).toEqual([]);
  });

  it('gives every recipient a run, and the sender to each', async () => {
    const { program } = await run({}, { to: ['ada@b.test', 'bob@b.test'] });
    const runs = (await program.taken()).map(({ args }) => args.join(' ')).toSorted();
    expect(runs).toEqual(['-i -f shop@a.test -- ada@b.test', '-i -f shop@a.test -- bob@b.test']);
  });

  it('never runs for an address that could be something else, and lets the others go', async () => {
    const { program, outcomes } = await run({}, { to: ['-X/tmp/x@b.test', 'bob@b.test'] });
    expect(outcomes).toMatchObject([
      { state: 'bounced', failure: { class: 'message', code: 'EENVELOPE', suppress: 'no' } },
      { state: 'sent' },
    ]);
    expect(await program.taken()).toHaveLength(1);
  });

  it('tells the program nothing of the environment but what it needs', async () => {
    process.env['MAIL_RELAY_TEST_SECRET'] = 'open sesame';
    try {
      const { program } = await run({});
      const environment = await program.environment();
      expect(environment).not.toContain('open sesame');
      expect(environment).toContain('PATH=');
    } finally {
      delete process.env['MAIL_RELAY_TEST_SECRET'];
    }
  });

  it('keeps a complaint of the program short and clean', async () => {
    const { outcomes } = await run({
      before: 'head -c 100000 /dev/zero | tr "\\0" x >&2; printf "\\033[31m" >&2; exit 70',
    });
    const told = JSON.stringify(outcomes);
    expect(told.length).toBeLessThan(6000);
    expect(told).not.toContain('\\u001b');
  });

  it('converts line ends as the program wants them', async () => {
    const unix = await run({});
    const windows = await run({}, {}, { newline: 'windows' });
    expect((await unix.program.taken())[0]?.message.includes('\r')).toBe(false);
    expect((await windows.program.taken())[0]?.message.includes('\r\n')).toBe(true);
  });

  it.each([{ path: 'sendmail' }, { newline: 'mac' as 'unix' }, { timeoutMs: 0 }, { pool: true } as never])(
    'refuses %j at boot',
    (options) => expect(() => sendmail(options)).toThrow(/sendmail/),
  );
});
