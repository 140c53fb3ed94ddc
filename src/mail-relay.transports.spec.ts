import { describe, expect, it } from 'vitest';
import { openTransports } from './mail-relay.transports.js';
import type { MailRelayOptions } from './options/mail-relay-options.js';
import { resolveOptions } from './options/resolve-options.js';
import { TestClock } from './testing/test-clock.js';
import { smtp } from './transports/smtp/smtp.js';

const LIVE = 'smtp://127.0.0.1:1';
const CAPTURED = 'Delivery is not live: the option delivery is "capture"';
const BY_ENVIRONMENT = `${CAPTURED}, because NODE_ENV is test`;
const STAGED = 'Delivery is not live for everybody: the option delivery';

async function linesOf(
  options: MailRelayOptions,
  environment: string,
  more: Parameters<typeof openTransports>[3] = {},
): Promise<readonly string[]> {
  const settings = resolveOptions(
    { from: 'Acme <hello@acme.test>', storage: 'memory', ...options },
    { relay: 'default', lanes: ['default'], transportClasses: [], environment, root: '/' },
  );
  const said: string[] = [];
  const setup = {
    relay: 'default',
    clock: new TestClock(),
    notice: () => undefined,
    warn: (line: string) => void said.push(line),
  };
  await openTransports(settings, [], setup, more).closeAll();
  return said;
}

describe('the line of the boot log about delivery', () => {
  it.each<readonly [string, MailRelayOptions, string]>([
    ['a live transport is captured', { delivery: 'capture', transport: LIVE }, CAPTURED],
    [
      'several are, in one line',
      {
        delivery: 'capture',
        transports: [smtp({ host: '127.0.0.1', name: 'a' }), smtp({ host: '127.0.0.1', name: 'b' })],
      },
      CAPTURED,
    ],
    ['nothing had to be captured', { delivery: 'capture', transport: 'memory:' }, CAPTURED],
    ['all is captured anyway', { delivery: 'capture', transport: 'capture:.mail' }, CAPTURED],
    ['this process sends nothing', { delivery: 'capture', worker: false }, CAPTURED],
    [
      'mail is redirected',
      { delivery: { redirectTo: 'a@acme.test' }, transport: LIVE },
      `${STAGED} redirects`,
    ],
    [
      'some are allowed',
      { delivery: { allow: ['acme.test'] }, transport: 'memory:' },
      `${STAGED} suppresses`,
    ],
    [
      'this process only accepts',
      { delivery: { redirectTo: 'a@acme.test' }, worker: false },
      `${STAGED} redirects`,
    ],
  ])('is there when the option says so: %s', async (_, options, line) => {
    expect(await linesOf(options, 'development')).toEqual([expect.stringContaining(line)]);
  });

  it.each<readonly [string, MailRelayOptions, boolean]>([
    ['a transport', { transport: LIVE }, false],
    ['transports of tenants', { transport: 'memory:' }, true],
  ])('is there when NODE_ENV keeps the mail of %s', async (_, options, hasTenants) => {
    const said = await linesOf(options, 'test', { hasTenants });
    expect(said).toEqual([expect.stringContaining(BY_ENVIRONMENT)]);
  });

  it.each<readonly [string, MailRelayOptions, string]>([
    ['delivery is live', { delivery: 'live', transport: LIVE }, 'test'],
    ['delivery is live, into memory', { delivery: 'live', transport: 'memory:' }, 'test'],
    ['nobody said anything', { transport: LIVE }, 'production'],
    ['nothing would have left in a test', { transport: 'memory:' }, 'test'],
  ])('is not there when %s', async (_, options, environment) => {
    expect(await linesOf(options, environment)).toEqual([]);
  });
});
