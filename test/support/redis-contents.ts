import type { Redis } from 'ioredis';

/** What of a relay's mail and rings is in Redis. */
export interface RedisContents {
  readonly pending: number;
  readonly jobs: number;
}

/** Counts from the outside, by the keys that are there. */
export async function redisContents(client: Redis, prefix: string): Promise<RedisContents> {
  const keys: string[] = [];
  for (let cursor = '0'; ;) {
    const [next, found] = await client.scan(cursor, 'MATCH', `${prefix}:*`, 'COUNT', 1000);
    keys.push(...found);
    if (next === '0') break;
    cursor = next;
  }
  const named = (pattern: RegExp) => new Set(keys.filter((key) => pattern.test(key.slice(prefix.length))));
  return {
    pending: named(/^:b:/).size,
    jobs: named(/^:mail\..*:(wait|active|delayed|completed|failed|[0-9a-z]{26})$/).size,
  };
}
