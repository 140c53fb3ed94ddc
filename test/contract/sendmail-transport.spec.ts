import { describe, it } from 'vitest';
import { SystemClock } from '../../src/clock/system-clock.js';
import {
  describeTransportContract,
  TRANSPORT_CONTRACT_RECIPIENTS,
  type TransportScenario,
} from '../../src/testing/transport-contract.js';
import { sendmail } from '../../src/transports/sendmail/sendmail.js';
import { SendmailProgram } from '../support/sendmail-program.js';

const [ADA, GONE] = TRANSPORT_CONTRACT_RECIPIENTS;

const STEPS: Readonly<Partial<Record<TransportScenario, Parameters<typeof SendmailProgram.make>[0]>>> = {
  'refuses-one': { before: `[ "$last" = "${GONE}" ] && exit 67` },
  'refuses-for-now': { after: 'exit 75' },
  'refuses-for-good': { after: 'exit 67' },
  'refuses-connection': { before: 'exit 69' },
  'refuses-credentials': { before: 'exit 77' },
  hangs: { before: 'sleep 600' },
};

describeTransportContract({
  describe,
  it,
  name: 'sendmail',
  cannot: {
    'offers-no-encryption': 'there is no connection',
    'loses-before-end': 'a message of this size fits into the pipe at once',
    'loses-after-end': 'each recipient has a run of its own, and after a loss the next is not asked',
  },
  patienceMs: 20_000,
  setup: async (scenario) => {
    const program = await SendmailProgram.make(STEPS[scenario]);
    const path = scenario === 'unreachable' ? `${program.dir}/nowhere` : program.path;
    const setup = {
      relay: 'default',
      clock: new SystemClock(),
      notice: () => undefined,
      warn: () => undefined,
    };
    return {
      transport: sendmail({ path }).open(setup),
      accepted: async () => {
        const taken = await program.taken();
        const to = [...new Set(taken.map(({ args }) => args.at(-1) ?? ''))].toSorted();
        return taken
          .filter(({ args }) => args.at(-1) === ADA)
          .map(({ message }) => ({
            to,
            message: Buffer.from(message.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
          }));
      },
      dispose: () => program.remove(),
    };
  },
});
