import { describe, expect, it } from 'vitest';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { MailRelayOptions } from './mail-relay-options.js';
import { resolveOptions } from './resolve-options.js';
import type { StaticOptions } from './static-options.js';

const KNOWN: StaticOptions = {
  relay: 'default',
  lanes: ['transactional', 'marketing'],
  transportClasses: [],
  environment: 'development',
  root: '/app',
};

const resolve = (options: unknown, known: Partial<StaticOptions> = {}) =>
  // What applications without TypeScript write is tested too.
  resolveOptions(options as MailRelayOptions, { ...KNOWN, ...known });

function problemsOf(options: unknown, known: Partial<StaticOptions> = {}): string {
  try {
    resolve(options, known);
  } catch (error) {
    if (MailRelayError.is(error, 'ERR_MAIL_RELAY_OPTIONS')) return error.message;
    throw error;
  }
  throw new Error('the options were accepted');
}

const memory = (name: string) => ({ name, kind: 'memory', live: false, open: () => ({}) });

describe('resolveOptions', () => {
  it('needs nothing outside production: mail is captured into files', () => {
    const { transports, streams, mode, memoryStorage, worker, drainMs } = resolve({});
    expect(transports).toMatchObject([{ kind: 'capture' }]);
    expect([...streams.keys()]).toEqual(['transactional', 'marketing']);
    expect({ mode, memoryStorage, drainMs }).toEqual({
      mode: 'live',
      memoryStorage: 'warned',
      drainMs: 20_000,
    });
    expect(worker).toMatchObject({ lanes: ['transactional', 'marketing'], concurrency: 20 });
  });

  it('takes explicit undefined for absent, everywhere', () => {
    const undefinedOptions: Record<keyof MailRelayOptions, undefined> = {
      from: undefined,
      transport: undefined,
      transports: undefined,
      templates: undefined,
      streams: undefined,
      delivery: undefined,
      worker: undefined,
      breaker: undefined,
      limits: undefined,
      shutdown: undefined,
      storage: undefined,
      attachments: undefined,
      dkim: undefined,
      localDomains: undefined,
    };
    expect(JSON.stringify(resolve(undefinedOptions))).toBe(JSON.stringify(resolve({})));
  });

  it('captures under NODE_ENV=test unless it is told to be live', () => {
    expect(resolve({}, { environment: 'test' }).mode).toBe('capture');
    expect(resolve({ delivery: 'live' }, { environment: 'test' }).mode).toBe('live');
  });

  it('reports every problem at once, with the option, what was given and the remedy', () => {
    const text = problemsOf({
      delivery: 'liev',
      transports: [memory('a'), memory('a')],
      streams: { marketing: { transports: ['nowhere'], lane: 'slow' } },
      shutdown: { drainMs: -1 },
      attachments: { maxBytes: 'big' },
      worker: { concurrency: 0 },
    });
    expect(text).toContain('have 7 problems');
    for (const option of [
      'delivery: given "liev", expected "live", "capture", { redirectTo } or { allow }.',
      'transports[1]: the name "a" is taken',
      'streams.marketing.transports: there is no transport "nowhere". Declared: a, a.',
      'streams.marketing.lane: "slow" is no lane',
      'shutdown.drainMs: given -1',
      'attachments.maxBytes: given "big", expected a whole number',
      'worker.concurrency: given 0',
    ]) {
      expect(text).toContain(option);
    }
  });

  it('names an option that does not exist', () => {
    expect(problemsOf({ tranport: 'log:' })).toContain('tranport: there is no such option');
    expect(problemsOf({ streams: { news: { retries: 3 } } })).toContain(
      'streams.news.retries: there is no such option',
    );
  });

  it('never shows a secret or an address', () => {
    const text = problemsOf({
      from: 'nobody at all, hunter2@acme.test',
      transport: 'smtq://user:hunter2@mail.acme.test',
      dkim: { domainName: 'acme.test', keySelector: 'a b', privateKey: 'hunter2' },
    });
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('user');
    expect(text).not.toContain('acme.test');
  });

  it.each(['', 'a b', 'a\nb', 'x'.repeat(65)])('refuses %j as the name of a transport', (name) => {
    expect(problemsOf({ transports: [memory(name)] })).toContain('transports[0]: has a name that is none');
  });

  it('refuses transport beside transports', () => {
    expect(problemsOf({ transport: 'log:', transports: [memory('a')] })).toContain(
      'transport: given beside transports',
    );
  });

  it('wants a transport in production, and none that only captures', () => {
    expect(problemsOf({ storage: 'memory' }, { environment: 'production' })).toContain(
      'transport: none is given',
    );
    for (const transport of ['capture:.mail', 'log:', 'memory:']) {
      const capturing = { storage: 'memory', transport };
      expect(problemsOf(capturing, { environment: 'production' })).toContain(
        'in production nobody would get it',
      );
      expect(resolve({ ...capturing, delivery: 'capture' }, { environment: 'production' }).mode).toBe(
        'capture',
      );
    }
  });

  it.each([
    ['templates', 'expected an object'],
    [{}, 'templates.dir: given undefined, expected a folder'],
    [{ dir: 5 }, 'templates.dir: given 5, expected a folder'],
    [{ dir: 'a', lyout: 'b' }, 'templates.lyout: there is no such option'],
    [{ dir: ['a', ''] }, 'templates.dir'],
    [{ dir: 'a', inlineCss: 'no' }, 'templates.inlineCss'],
  ])('says what is wrong with templates: %j', (templates, says) => {
    expect(problemsOf({ templates })).toContain(says);
  });

  it('does not accept mail in memory in production unless it is written down', () => {
    const memoryStorage = (options: object, environment: string) =>
      resolve(options, { environment }).memoryStorage;
    expect(memoryStorage({ transport: 'smtp://mail.acme.test' }, 'production')).toBe('refused');
    expect(memoryStorage({ transport: 'smtp://mail.acme.test', storage: 'memory' }, 'production')).toBe(
      'accepted',
    );
    expect(memoryStorage({}, 'test')).toBe('accepted');
  });

  it('needs no transport and no secret where this process does not send', () => {
    const resolved = resolve(
      { worker: false, streams: { marketing: { transports: ['elsewhere'] } } },
      { environment: 'production' },
    );
    expect(resolved.transports).toEqual([]);
    expect(resolved.worker).toBe(false);
  });

  it('gives a stream its own sender, route, retry and expiry, and the defaults for the rest', () => {
    const { streams } = resolve({
      from: 'Acme <hello@acme.test>',
      transports: [memory('a'), memory('b')],
      streams: {
        news: {
          from: 'news@acme.test',
          transports: ['b'],
          retry: { delaysMs: [1000] },
          expiresIn: '10m',
          uncertain: 'hold',
          returnPath: 'bounces@acme.test',
        },
      },
    });
    expect(streams.get('news')).toMatchObject({
      lane: 'transactional',
      from: { address: 'news@acme.test' },
      returnPath: 'bounces@acme.test',
      expiresInMs: 600_000,
      delivery: { transports: ['b'], uncertain: 'hold', retry: { delaysMs: [1000], greylistMinMs: 300_000 } },
    });
    expect(streams.get('marketing')).toMatchObject({
      lane: 'marketing',
      from: { name: 'Acme', address: 'hello@acme.test' },
      delivery: { transports: ['a', 'b'], uncertain: 'retry' },
    });
  });

  it.each([null, 'text', 42, []])('says what it expects instead of %j', (options) => {
    expect(problemsOf(options)).toContain('expected an object');
  });

  it('is not confused by names from the prototype of objects', () => {
    expect(problemsOf({ streams: { ['__proto__' as string]: {}, constructor: 5 } })).toContain(
      'streams.constructor',
    );
  });
});
