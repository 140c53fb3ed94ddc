import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MailRelayError } from '../core/mail-relay-error.js';
import type { MailRelayOptions } from './mail-relay-options.js';
import { resolveOptions } from './resolve-options.js';
import type { StaticOptions } from './static-options.js';
import type { StreamOptions } from './stream-options.js';

const KNOWN: StaticOptions = {
  relay: 'default',
  lanes: ['transactional', 'marketing'],
  transportClasses: [],
  environment: 'development',
  root: '/app',
};

const PRIVATE_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

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
      suppression: undefined,
      journal: undefined,
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
      delivery: {
        route: { transports: ['b'], selector: 'failover' },
        uncertain: 'hold',
        retry: { delaysMs: [1000], greylistMinMs: 300_000 },
      },
    });
    expect(streams.get('marketing')).toMatchObject({
      lane: 'marketing',
      from: { name: 'Acme', address: 'hello@acme.test' },
      delivery: { route: { transports: ['a', 'b'] }, uncertain: 'retry', dkim: [] },
    });
  });

  it('works out the route of a stream, its domains in the form that is compared', () => {
    const { streams } = resolve({
      transports: [memory('a'), memory('b'), memory('pool')],
      streams: {
        news: {
          transports: ['a', 'b'],
          selector: 'weighted',
          weights: { a: 3 },
          byRecipientDomain: { 'Gmail.COM': 'pool', 'müller.test': ['b', 'a'] },
          bySenderDomain: { 'news.acme.test': ['b'] },
        },
      },
    });
    expect(streams.get('news')?.delivery.route).toEqual({
      transports: ['a', 'b'],
      selector: 'weighted',
      weights: new Map([['a', 3]]),
      byRecipientDomain: new Map([
        ['gmail.com', ['pool']],
        ['xn--mller-kva.test', ['b', 'a']],
      ]),
      bySenderDomain: new Map([['news.acme.test', ['b']]]),
    });
  });

  it.each<[string, StreamOptions, string]>([
    [
      'an unknown transport by domain',
      { byRecipientDomain: { 'x.test': 'nobody' } },
      'byRecipientDomain.x.test',
    ],
    ['no transport by domain', { bySenderDomain: { 'x.test': [] } }, 'bySenderDomain.x.test'],
    ['a domain that is none', { byRecipientDomain: { 'x..test': 'a' } }, 'byRecipientDomain.x..test'],
    ['weights without their selector', { weights: { a: 1 } }, 'weights'],
    ['a weight of nothing', { selector: 'weighted', weights: { a: 0 } }, 'weights.a'],
    ['a weight for an unknown transport', { selector: 'weighted', weights: { nobody: 1 } }, 'weights'],
    ['a from outside its domains', { from: 'x@other.test', domains: ['acme.test'] }, 'from'],
    ['a domain of its own that is none', { domains: ['-'] }, 'domains[0]'],
    ['an unknown selector', { selector: 'random' as 'failover' }, 'selector'],
  ])('refuses a stream with %s', (_, stream, option) => {
    const problems = problemsOf({ transports: [memory('a')], streams: { news: stream } });
    expect(problems).toContain(`streams.news.${option}: `);
  });

  it('takes no from outside its domains as given where the stream has none of its own', () => {
    const { streams } = resolve({ from: 'x@other.test', streams: { news: { domains: ['Acme.test'] } } });
    expect(streams.get('news')?.domains).toEqual(new Set(['acme.test']));
  });

  it('holds marketing to the rules of bulk mail, whatever is said, and other streams where they say so', () => {
    expect(problemsOf({ streams: { marketing: { bulk: false } } })).toContain('streams.marketing.bulk');
    const { streams } = resolve({ streams: { digest: { bulk: true } } });
    expect(['transactional', 'marketing', 'digest'].map((name) => streams.get(name)?.bulk)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('takes one DKIM key or several, and names the one that is wrong', () => {
    const key = (domainName: string) => ({ domainName, keySelector: 's', privateKey: PRIVATE_KEY });
    const { streams } = resolve({
      dkim: key('acme.test'),
      streams: { news: { dkim: [key('a.test'), key('b.test')] } },
    });
    expect(streams.get('transactional')?.delivery.dkim).toHaveLength(1);
    expect(streams.get('news')?.delivery.dkim).toHaveLength(2);
    const problems = problemsOf({ dkim: [key('acme.test'), { ...key('b.test'), privateKey: 'none' }] });
    expect(problems).toContain('dkim[1]');
  });

  it('works out when a transport is left alone', () => {
    expect(resolve({ breaker: { openMs: 90_000, afterFailures: 2 } }).circuits).toMatchObject({
      failures: 2,
      open: { unreachable: { firstMs: 90_000, mostMs: 90_000 } },
    });
    expect(problemsOf({ breaker: { openMs: 0 } })).toContain('breaker.openMs');
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
