import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GatheredWrites } from './gathered-writes.js';

/** A connection that tells how many writes reached the system. */
function connection() {
  const writes: number[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      writes.push(1);
      done();
    },
    writev: (chunks, done) => {
      writes.push(chunks.length);
      done();
    },
  });
  return { writes, stream };
}

describe('gathered writes', () => {
  it('of one turn are one write, and the next turn has its own', async () => {
    const { writes, stream } = connection();
    const gathered = new GatheredWrites({ stream });
    for (const command of ['a', 'b', 'c']) {
      gathered.gather();
      stream.write(command);
    }
    expect(writes).toEqual([]);
    await nextTurn();
    expect(writes).toEqual([3]);
    gathered.gather();
    stream.write('d');
    await nextTurn();
    expect(writes).toEqual([3, 1]);
  });

  it('follow a client to its next connection', async () => {
    const [first, second] = [connection(), connection()];
    const client = { stream: first.stream };
    const gathered = new GatheredWrites(client);
    gathered.gather();
    first.stream.destroy();
    client.stream = second.stream;
    await nextTurn();
    gathered.gather();
    second.stream.write('a');
    second.stream.write('b');
    await nextTurn();
    expect(second.writes).toEqual([2]);
  });

  it('leave a client without a connection of its own alone', () => {
    expect(() => new GatheredWrites({}).gather()).not.toThrow();
  });
});
