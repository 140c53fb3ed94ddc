import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = new URL('../src', import.meta.url).pathname;

/** A row: the files it covers, and the units they may import besides their own. The first matching row counts. */
interface Row {
  readonly unit: string;
  readonly files: RegExp;
  readonly may: readonly string[];
}

const TABLE: readonly Row[] = [
  { unit: 'core', files: /^core\//, may: [] },
  { unit: 'clock', files: /^clock\//, may: ['core'] },
  { unit: 'templates/html', files: /^templates\/html\//, may: ['core', 'templates'] },
  { unit: 'templates/locales', files: /^templates\/locales\//, may: ['core', 'templates'] },
  { unit: 'templates/lint', files: /^templates\/lint\//, may: ['templates/html'] },
  { unit: 'templates/context-types', files: /^templates\/context-types\//, may: [] },
  {
    unit: 'templates/handlebars',
    files: /^templates\/handlebars\//,
    may: [
      'core',
      'templates',
      'templates/html',
      'templates/locales',
      'templates/mjml',
      'templates/context-types',
    ],
  },
  {
    unit: 'templates/mjml',
    files: /^templates\/mjml\//,
    may: ['core', 'templates', 'templates/html'],
  },
  {
    unit: 'templates/engines',
    files: /^templates\/engines\//,
    may: ['core', 'templates', 'templates/html'],
  },
  {
    unit: 'templates',
    files: /^templates\//,
    may: [
      'core',
      'templates/engines',
      'templates/handlebars',
      'templates/html',
      'templates/lint',
      'templates/mjml',
    ],
  },
  {
    unit: 'cli',
    files: /^cli\//,
    may: ['core', 'templates', 'templates/handlebars', 'templates/lint', 'templates/context-types'],
  },
  { unit: 'compose', files: /^compose\//, may: ['core'] },
  { unit: 'policies', files: /^policies\//, may: ['core'] },
  { unit: 'spool/memory', files: /^spool\/memory\//, may: ['core', 'events', 'spool'] },
  { unit: 'spool', files: /^spool\//, may: ['core', 'events'] },
  {
    unit: 'storage/sql',
    files: /^storage\/sql\//,
    may: ['core', 'events', 'journal', 'spool', 'suppression'],
  },
  { unit: 'queue/inline', files: /^queue\/inline\//, may: ['core', 'queue'] },
  { unit: 'queue/bull', files: /^queue\/bull\//, may: ['core', 'clock', 'queue'] },
  { unit: 'queue', files: /^queue\//, may: ['core'] },
  {
    unit: 'storage/redis',
    files: /^storage\/redis\//,
    may: ['core', 'clock', 'events', 'journal', 'spool', 'limits', 'circuits', 'suppression'],
  },
  {
    unit: 'transports/provider-labels',
    files: /^transports\/provider-labels\//,
    may: ['core', 'transports'],
  },
  {
    unit: 'transports/smtp',
    files: /^transports\/smtp\//,
    may: ['core', 'transports', 'transports/provider-labels'],
  },
  {
    unit: 'transports/http',
    files: /^transports\/http\//,
    may: ['core', 'transports', 'transports/provider-labels'],
  },
  ...['brevo', 'mailgun', 'mandrill', 'postmark', 'resend', 'sendgrid', 'ses', 'sparkpost'].map(
    (provider): Row => ({
      unit: `transports/${provider}`,
      files: new RegExp(`^transports/${provider}/`),
      may: ['core', 'transports', 'transports/http', 'transports/provider-labels'],
    }),
  ),
  { unit: 'transports/sendmail', files: /^transports\/sendmail\//, may: ['core', 'transports'] },
  {
    unit: 'transports/nodemailer-plugin',
    files: /^transports\/nodemailer-plugin\//,
    may: ['core', 'transports', 'transports/http'],
  },
  { unit: 'transports/capture', files: /^transports\/capture\//, may: ['core', 'transports'] },
  { unit: 'transports/log', files: /^transports\/log\//, may: ['core', 'transports'] },
  { unit: 'transports/memory', files: /^transports\/memory\//, may: ['core', 'transports'] },
  {
    // The one file that knows which scheme is which transport.
    unit: 'transport-url',
    files: /^transports\/transport-url\.ts$/,
    may: [
      'core',
      'transports',
      'transports/smtp',
      'transports/capture',
      'transports/log',
      'transports/memory',
      'transports/sendmail',
    ],
  },
  { unit: 'transports', files: /^transports\//, may: ['core'] },
  { unit: 'circuits/memory', files: /^circuits\/memory\//, may: ['core', 'circuits'] },
  { unit: 'circuits', files: /^circuits\//, may: ['core', 'transports', 'events'] },
  {
    unit: 'tenants',
    files: /^tenants\//,
    may: ['core', 'transports', 'transport-url'],
  },
  { unit: 'limits/memory', files: /^limits\/memory\//, may: ['core', 'limits'] },
  { unit: 'limits/destination', files: /^limits\/destination\//, may: ['core'] },
  { unit: 'limits', files: /^limits\//, may: ['core', 'limits/destination', 'transports'] },
  { unit: 'events', files: /^events\//, may: ['core', 'clock'] },
  { unit: 'journal/memory', files: /^journal\/memory\//, may: ['core', 'events', 'journal'] },
  { unit: 'journal', files: /^journal\//, may: ['core', 'events'] },
  { unit: 'bell', files: /^bell\//, may: ['core', 'spool', 'queue'] },
  { unit: 'suppression/csv', files: /^suppression\/csv\//, may: ['core', 'suppression'] },
  { unit: 'suppression/memory', files: /^suppression\/memory\//, may: ['core', 'suppression'] },
  {
    unit: 'suppression',
    files: /^suppression\//,
    may: ['core', 'policies', 'events', 'suppression/csv'],
  },
  {
    unit: 'mailer',
    files: /^mailer\//,
    may: ['core', 'clock', 'templates', 'compose', 'policies', 'journal', 'spool', 'bell', 'events'],
  },
  { unit: 'operations', files: /^operations\//, may: ['core', 'spool', 'queue', 'bell', 'events'] },
  {
    unit: 'relay',
    files: /^relay\//,
    may: ['core', 'clock', 'policies', 'spool', 'queue', 'transports', 'tenants', 'events'],
  },
  {
    unit: 'options',
    files: /^options\//,
    may: [
      'core',
      'templates',
      'compose',
      'policies',
      'suppression',
      'transports',
      'transport-url',
      'relay',
      'journal',
      'limits',
    ],
  },
  {
    // What stands in for a whole relay wires parts like the root does.
    unit: 'testing',
    files: /^testing\//,
    may: [
      'core',
      'templates',
      'templates/html',
      'clock',
      'events',
      'journal',
      'spool',
      'spool/memory',
      'queue',
      'queue/inline',
      'suppression',
      'transports',
      'root',
    ],
  },
  // What a with*() function is made of; it wires parts like the root does.
  {
    unit: 'health',
    files: /^health\//,
    may: ['core', 'clock', 'circuits', 'events', 'spool', 'transports'],
  },
  {
    unit: 'metrics',
    files: /^metrics\//,
    may: ['core', 'clock', 'circuits', 'events', 'spool'],
  },
  {
    unit: 'otel',
    files: /^otel\//,
    may: ['core', 'metrics'],
  },
  { unit: 'features', files: /^features\//, may: ['*'] },
  { unit: 'root', files: /^(mail-relay\.[\w.-]+|index)\.ts$/, may: ['*'] },
  { unit: 'entries', files: /^entries\//, may: ['*'] },
];

/** Packages each unit may import; node builtins are free. Whatever is not here imports none. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  templates: ['html-to-text'],
  'templates/html': ['@css-inline/css-inline', 'html-to-text'],
  'templates/handlebars': ['handlebars'],
  'templates/mjml': ['mrml'],
  compose: ['nodemailer'],
  transports: ['nodemailer'],
  'storage/sql': ['better-sqlite3', 'kysely'],
  'queue/bull': ['bull'],
  'storage/redis': ['ioredis'],
  tenants: ['lru-cache'],
  features: ['@nestjs/common', '@nestjs/bull', '@opentelemetry/api', 'bull', 'prom-client'],
  'transports/http': ['mailparser'],
  'transports/nodemailer-plugin': ['nodemailer'],
  'transports/ses': ['@aws-sdk/client-sesv2'],
  events: ['@nestjs/common', '@nestjs/core', 'rxjs'],
  mailer: ['class-validator', 'class-transformer', 'rxjs'],
  options: ['@nestjs/common', 'class-validator'],
  health: ['@nestjs/common'],
  metrics: ['@nestjs/common', 'prom-client', 'rxjs'],
  otel: ['@nestjs/common', '@opentelemetry/api'],
  testing: ['@nestjs/common', 'smtp-server'],
  entries: ['vitest'],
  root: ['@nestjs/common', '@nestjs/core', 'rxjs'],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

function sources(): readonly string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.includes('__'))
    .map((file) => file.split(sep).join('/'));
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(SRC, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const statements = /^(?:import|export)\b[^;']*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm;
  return Array.from(text.matchAll(statements), ([, a, b, c]) => a ?? b ?? c ?? '');
}

function rowOf(file: string): Row | undefined {
  return TABLE.find(({ files }) => files.test(file));
}

function resolveLocal(from: string, specifier: string): string {
  const path = relative(SRC, join(SRC, dirname(from), specifier));
  return path.split(sep).join('/').replace(/\.js$/, '.ts');
}

const local: Import[] = [];
const foreign: Import[] = [];
for (const from of sources()) {
  for (const specifier of importsOf(from)) {
    if (specifier.startsWith('.')) local.push({ from, to: resolveLocal(from, specifier) });
    else if (!specifier.startsWith('node:')) foreign.push({ from, to: specifier });
  }
}

describe('the architecture', () => {
  it('has a row for every file', () => {
    expect(sources().filter((file) => !rowOf(file))).toEqual([]);
  });

  it('imports only what its table allows', () => {
    const wrong = local.filter(({ from, to }) => {
      const row = rowOf(from);
      const target = rowOf(to);
      return !row || !target || !(row === target || row.may.includes('*') || row.may.includes(target.unit));
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('imports only the packages its table allows', () => {
    const wrong = foreign.filter(({ from, to }) => {
      const name = to.split('/', to.startsWith('@') ? 2 : 1).join('/');
      return !PACKAGES[rowOf(from)?.unit ?? '']?.includes(name);
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('imports only files that exist', () => {
    const known = new Set(sources());
    expect(local.filter(({ to }) => !known.has(to)).map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('has no cycle between files', () => {
    expect(cycles()).toEqual([]);
  });

  it('has no barrel but the entry points', () => {
    const names = sources().filter((file) => file.endsWith('/index.ts'));
    expect(names).toEqual([]);
  });

  it('has no file whose name says nothing', () => {
    expect(
      sources().filter((file) => /(^|\/)(utils?|helpers?|common|shared|types|interfaces)(\.|\/)/.test(file)),
    ).toEqual([]);
  });

  it('keeps node builtins with side effects out of the core', () => {
    const pure = new Set(['node:url', 'node:crypto', 'node:buffer', 'node:stream', 'node:util']);
    const impure = sources()
      .filter((file) => file.startsWith('core/'))
      .flatMap((file) => importsOf(file).filter((to) => to.startsWith('node:') && !pure.has(to)));
    expect(impure).toEqual([]);
  });
});

/** Import cycles between files; type-only imports count too, because they tie the files together just as much. */
function cycles(): readonly string[] {
  const edges = new Map<string, string[]>();
  for (const { from, to } of local) edges.set(from, [...(edges.get(from) ?? []), to]);
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      found.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return found;
}
