import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser, type AddressObject } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { SmtpSink } from '../support/smtp-sink.js';
import { Consumer, OPTIONAL_PACKAGES } from './consumer.js';
import { PackedPackage, ROOT } from './packed-package.js';

const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>;
};
const ENTRIES = Object.keys(exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace(/^\./, 'nestjs-mail-relay'));

/** What an entry point is for, and cannot be without. All others load their packages when they are used. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'nestjs-mail-relay/bull': ['@nestjs/bull', 'bull', 'ioredis'],
  'nestjs-mail-relay/metrics': ['prom-client'],
  'nestjs-mail-relay/otel': ['@opentelemetry/api'],
  'nestjs-mail-relay/testing/vitest': ['vitest'],
};
/** Vitest's `expect` is there only while vitest runs. */
const ONLY_IN_TESTS: ReadonlySet<string> = new Set(['nestjs-mail-relay/testing/vitest']);

function entriesFor(application: Consumer): readonly string[] {
  return ENTRIES.filter((entry) => (NEEDED[entry] ?? []).every((name) => application.has(name)));
}

/** Uses every entry point, so that the compiler reads every declaration file that users can reach. */
async function useEveryEntry(application: Consumer): Promise<void> {
  const entries = entriesFor(application);
  const lines = [
    ...entries.map((entry, i) => `import * as entry${i} from '${entry}';`),
    `export const entries = [${entries.map((_, i) => `entry${i}`).join(', ')}];\n`,
  ];
  await application.write('src/every-entry.ts', lines.join('\n'));
}

const consumers = new Map<string, Consumer>();
const consumer = (fixture: string): Consumer => {
  const found = consumers.get(fixture);
  if (found) return found;
  throw new Error(`The application ${fixture} was not installed.`);
};
let sink: SmtpSink;

beforeAll(async () => {
  sink = await SmtpSink.start();
  const packed = await PackedPackage.pack();
  const install = async (fixture: string) => {
    const application = await Consumer.create(fixture);
    consumers.set(fixture, application);
    await application.install(packed.file);
    await useEveryEntry(application);
  };
  await Promise.all(['esm-nest12', 'cjs-nest11'].map(install));
  await packed.remove();
});

afterAll(async () => {
  for (const application of consumers.values()) await application.remove();
  await sink.close();
});

describe.each([
  {
    what: 'an ESM application on NestJS 12',
    fixture: 'esm-nest12',
    nest: /^12\./,
    subject: '2 news',
    html: '<li>one</li>',
    printed: '"state":"sent"',
  },
  {
    what: 'a CommonJS application on NestJS 11',
    fixture: 'cjs-nest11',
    nest: /^11\./,
    subject: 'Welcome to Acme',
    html: '<h1>Welcome, Ada!</h1>',
    printed: 'was sent.',
  },
])('$what', ({ fixture, nest, subject, html, printed }) => {
  it('is what it says, and has no optional package', async () => {
    const application = consumer(fixture);
    const { version } = JSON.parse(
      readFileSync(join(application.dir, 'node_modules/@nestjs/core/package.json'), 'utf8'),
    ) as { readonly version: string };
    expect(version).toMatch(nest);
    expect(OPTIONAL_PACKAGES.filter((name) => application.has(name))).toEqual([]);
  });

  it('type-checks, our declaration files included', async () => {
    expect(await consumer(fixture).typeErrors()).toEqual([]);
  });

  it('boots, sends a mail to an SMTP server, and ends by itself', async () => {
    const application = consumer(fixture);
    await application.run(['npm', 'run', 'build', '--', '--skipLibCheck']);
    const before = sink.messages.length;
    const { stdout } = await application.run(['npm', 'start'], {
      env: { MAIL_URL: sink.url },
      timeoutMs: 60_000,
    });
    expect(stdout).toContain(printed);
    const received = sink.messages.slice(before);
    expect(received.map(({ from, to }) => ({ from, to }))).toEqual([
      { from: 'hello@acme.test', to: ['ada@example.test'] },
    ]);
    const mail = await simpleParser(received[0]?.raw ?? '');
    expect(mail.subject).toBe(subject);
    expect(mail.html).toContain(html);
    expect((mail.to as AddressObject).text).toBe('ada@example.test');
  });

  it('passes a test of its own', async () => {
    await consumer(fixture).run(['npm', 'test']);
  });

  it('gets the same from every entry point by import and by require', async () => {
    const application = consumer(fixture);
    const loadable = entriesFor(application).filter((entry) => !ONLY_IN_TESTS.has(entry));
    const entries = JSON.stringify(loadable);
    const imported = await application.evaluate(
      'module',
      `const all = await Promise.all(${entries}.map((entry) => import(entry)));
       console.log(JSON.stringify(all.map((one) => Object.keys(one))));`,
    );
    const required = await application.evaluate(
      'commonjs',
      `console.log(JSON.stringify(${entries}.map((entry) => Object.keys(require(entry)))));`,
    );
    expect(imported).toHaveLength(loadable.length);
    expect(required).toEqual(imported);
    const same = await application.evaluate(
      'commonjs',
      `import('nestjs-mail-relay').then(({ MailService }) =>
         console.log(MailService === require('nestjs-mail-relay').MailService));`,
    );
    expect(same).toBe(true);
  });
});

describe('a CommonJS application', () => {
  it.each([
    ['node20', 'node16'],
    ['commonjs', 'node10'],
  ])('type-checks with module %s and moduleResolution %s', async (module, moduleResolution) => {
    const options = ['--module', module, '--moduleResolution', moduleResolution];
    expect(await consumer('cjs-nest11').typeErrors(...options)).toEqual([]);
  });

  it('is told by TypeScript that module node16 cannot require an ES module', async () => {
    const options = ['--module', 'node16', '--moduleResolution', 'node16', '--skipLibCheck'];
    const errors = await consumer('cjs-nest11').typeErrors(...options);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.filter((line) => !line.includes('TS1479'))).toEqual([]);
  });

  it('fails its Jest test without the line of the docs', async () => {
    const application = consumer('cjs-nest11');
    const config = readFileSync(join(application.dir, 'jest.config.js'), 'utf8');
    const line = /^ *transformIgnorePatterns: .*\n/m;
    expect(config).toMatch(line);
    await application.write('jest.without.config.js', config.replace(line, ''));
    await expect(
      application.run([process.execPath, 'node_modules/jest/bin/jest.js', '-c', 'jest.without.config.js']),
    ).rejects.toThrow('Must use import to load ES Module');
  });
});

describe('an application with the packages of Bull, Prometheus and OpenTelemetry', () => {
  it.each([
    ['bull', ['@nestjs/bull', 'bull@4', 'ioredis@5'], ['withBull']],
    ['metrics', ['prom-client@15'], ['withMetrics']],
    ['otel', ['@opentelemetry/api@1'], ['withOpenTelemetry']],
  ])('type-checks and loads the entry point %s', async (entry, packages, exported) => {
    const application = consumer('esm-nest12');
    await application.install(...packages);
    await useEveryEntry(application);
    expect(await application.typeErrors()).toEqual([]);
    const keys = await application.evaluate(
      'commonjs',
      `console.log(JSON.stringify(Object.keys(require('nestjs-mail-relay/${entry}'))));`,
    );
    expect(keys).toEqual(exported);
  });
});

describe('an application with Terminus 11', () => {
  const check = (transport: string, wanted: string) => `
    require('reflect-metadata');
    const { NestFactory } = require('@nestjs/core');
    const { HealthCheckService, TerminusModule } = require('@nestjs/terminus');
    const { MailRelayModule } = require('nestjs-mail-relay');
    const { MailHealthIndicator, withHealth } = require('nestjs-mail-relay/health');
    class AppModule {}
    const mail = MailRelayModule.forRoot({
      from: 'Acme <hello@acme.test>',
      storage: 'memory',
      delivery: 'live',
      transport: ${JSON.stringify(transport)},
      features: [withHealth({ readiness: ['storage', 'transports'] })],
    });
    const imports = [TerminusModule.forRoot({ logger: false }), mail];
    NestFactory.createApplicationContext({ module: AppModule, imports }, { logger: false }).then(async (app) => {
      const terminus = await app.resolve(HealthCheckService, undefined, { strict: false });
      const indicator = app.get(MailHealthIndicator, { strict: false });
      const checked = () => terminus.check([() => indicator.isHealthy()]);
      // The first look at a transport is under way while the first probe is answered.
      const until = Date.now() + 10_000;
      let found;
      do {
        found = await checked().catch((error) => error.getResponse());
        await new Promise((resolve) => setTimeout(resolve, 25));
      } while (found.status !== '${wanted}' && Date.now() < until);
      console.log(JSON.stringify(found));
      await app.close();
    });`;

  it('gets an answer that it takes, up and down', async () => {
    const application = consumer('cjs-nest11');
    await application.install('@nestjs/terminus@11');
    const up = await application.evaluate('commonjs', check('memory:', 'ok'));
    expect(up).toMatchObject({ status: 'ok', details: { mail: { status: 'up' } } });
    const closed = await freePort();
    const down = await application.evaluate('commonjs', check(`smtp://127.0.0.1:${closed}`, 'error'));
    expect(down).toMatchObject({ status: 'error', error: { mail: { status: 'down', degraded: true } } });
  });
});
