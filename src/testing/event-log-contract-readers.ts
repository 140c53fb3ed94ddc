import assert from 'node:assert/strict';
import { positions, sampleEvents, type LogClause } from './event-log-clause.js';

const LEASE_MS = 5000;

/** Who reads, how far he has come, and who may take over. */
export function readerClauses(clause: LogClause): void {
  clause('begins a new reader at the present end', async ({ log }) => {
    await log.append(sampleEvents(3));
    const held = await log.hold('new', 'one', LEASE_MS);
    const [later] = sampleEvents(1);
    await log.append([later]);
    assert.deepEqual(held?.progress.waiting, []);
    const { events } = await log.read({ after: held?.progress.position ?? '', limit: 10 });
    assert.deepEqual(
      events.map(({ event }) => event.id),
      [later.id],
    );
  });

  clause('gives a reader to one holder at a time, and each reader apart', async ({ log }) => {
    assert.ok(await log.hold('a', 'one', LEASE_MS));
    assert.equal(await log.hold('a', 'two', LEASE_MS), undefined);
    assert.ok(await log.hold('b', 'two', LEASE_MS));
  });

  clause('gives a reader that was released at once, with what was saved', async ({ log }) => {
    const held = await log.hold('a', 'one', LEASE_MS);
    await log.append(sampleEvents(2));
    const [first = '', second = ''] = await positions(log);
    const progress = { position: second, waiting: [{ position: first, tries: 3, dueAt: 1_800_000_000_001 }] };
    assert.equal(await held?.save(progress, LEASE_MS), true);
    await held?.release();
    assert.deepEqual((await log.hold('a', 'two', LEASE_MS))?.progress, progress);
  });

  clause(
    'lets another take over when the lease is over; then the first one saves nothing',
    async ({ log, clock }) => {
      const first = await log.hold('a', 'one', LEASE_MS);
      await log.append(sampleEvents(1));
      await clock.advance(LEASE_MS + 1);
      const second = await log.hold('a', 'two', LEASE_MS);
      assert.ok(second, 'the lease is over');
      const [position = ''] = await positions(log);
      assert.equal(await first?.save({ position, waiting: [] }, LEASE_MS), false);
      await first?.release();
      assert.equal(await log.hold('a', 'three', LEASE_MS), undefined, 'the second one still holds it');
      await second.release();
      assert.deepEqual((await log.hold('a', 'three', LEASE_MS))?.progress, second.progress);
    },
  );

  clause('extends the lease when progress is saved', async ({ log, clock }) => {
    const held = await log.hold('a', 'one', LEASE_MS);
    assert.ok(held);
    await clock.advance(LEASE_MS - 1000);
    assert.equal(await held.save(held.progress, LEASE_MS), true);
    await clock.advance(LEASE_MS - 1000);
    assert.equal(await log.hold('a', 'two', LEASE_MS), undefined);
    await clock.advance(1001);
    assert.ok(await log.hold('a', 'two', LEASE_MS));
  });

  clause('lets a holder save after its lease as long as nobody took over', async ({ log, clock }) => {
    const held = await log.hold('a', 'one', LEASE_MS);
    assert.ok(held);
    await clock.advance(LEASE_MS * 2);
    assert.equal(await held.save(held.progress, LEASE_MS), true);
    assert.equal(await log.hold('a', 'two', LEASE_MS), undefined);
  });
}
