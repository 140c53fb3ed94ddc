import type { Redis } from 'ioredis';
import type { Durability } from '../../spool/spool.js';
import type { RedisClient } from './redis-client.js';

/** What is to be believed of a Redis that does not tell how it is configured. @publicApi */
export type AssumedDurability = boolean | 'everysec' | 'fsync';

/** What was found out about a Redis. */
export interface RedisFindings {
  readonly durability: Durability;
  /** With these mail is lost sooner or later: the relay does not start. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** From the weakest on: a cluster keeps mail as well as its weakest server does. */
const ORDER: readonly Durability[] = ['memory', 'unknown', 'everysec', 'fsync'];

/** Asks Redis, or every master of a cluster, how it keeps what is written. */
export async function inspectRedis(
  client: RedisClient,
  assumed: AssumedDurability = false,
): Promise<RedisFindings> {
  const servers = 'nodes' in client ? client.nodes('master') : [client];
  const findings = await Promise.all(servers.map((server) => inspectServer(server, assumed)));
  const [first, ...others] = findings;
  if (!first)
    return { durability: 'unknown', problems: [], warnings: ['No server of the cluster answered.'] };
  return others.reduce(
    (all, one) => ({
      durability:
        ORDER.indexOf(one.durability) < ORDER.indexOf(all.durability) ? one.durability : all.durability,
      problems: union(all.problems, one.problems),
      warnings: union(all.warnings, one.warnings),
    }),
    first,
  );
}

async function inspectServer(server: Redis, assumed: AssumedDurability): Promise<RedisFindings> {
  const told = await readConfiguration(server);
  const policy = told.get('maxmemory-policy');
  const problems: string[] = [];
  if (policy !== undefined && policy !== 'noeviction') {
    problems.push(
      `maxmemory-policy is ${policy}: when memory is short Redis deletes mails. Set it to noeviction.`,
    );
  }
  if (told.get('no-appendfsync-on-rewrite') === 'yes') {
    problems.push(
      'no-appendfsync-on-rewrite is yes: while the file is rewritten accepted mail is on no disk. Set it to no.',
    );
  }
  return { problems, ...durabilityOf(told, assumed) };
}

function durabilityOf(
  told: ReadonlyMap<string, string>,
  assumed: AssumedDurability,
): Pick<RedisFindings, 'durability' | 'warnings'> {
  if (told.get('appendonly') === 'no') {
    const warning =
      'Redis writes no append-only file: accepted mail is lost when it stops. Set appendonly yes, and appendfsync ' +
      'always or everysec.';
    return { durability: 'memory', warnings: [warning] };
  }
  switch (told.get('appendfsync')) {
    case 'always':
      return { durability: 'fsync', warnings: [] };
    case 'everysec':
      return { durability: 'everysec', warnings: [] };
    case 'no': {
      const warning =
        'appendfsync is no: the system decides when accepted mail reaches the disk. Set it to always or everysec.';
      return { durability: 'unknown', warnings: [warning] };
    }
    default:
      break;
  }
  if (assumed !== false) return { durability: assumed === true ? 'everysec' : assumed, warnings: [] };
  const warning =
    'Redis does not tell whether it writes to the disk (CONFIG GET is not allowed), so that receipts say unknown. ' +
    'Say assumeDurable when you know that it does.';
  return { durability: 'unknown', warnings: [warning] };
}

/** What the server tells: by CONFIG where that is allowed, else by INFO, which tells less. */
async function readConfiguration(server: Redis): Promise<ReadonlyMap<string, string>> {
  const told = new Map<string, string>();
  const names = ['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite', 'maxmemory-policy'];
  try {
    for (const name of names) {
      const [, value] = (await server.config('GET', name)) as string[];
      if (value !== undefined) told.set(name, value);
    }
    return told;
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
  try {
    const info = await server.info();
    const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
    if (policy !== undefined) told.set('maxmemory-policy', policy);
    if (/^aof_enabled:0/m.test(info)) told.set('appendonly', 'no');
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
  return told;
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === 'ReplyError' &&
    /NOPERM|unknown command|not allowed/i.test(error.message)
  );
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return Array.from(new Set([...a, ...b]));
}
