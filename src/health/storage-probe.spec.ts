import { describe, expect, it } from 'vitest';
import { MemorySpool } from '../spool/memory/memory-spool.js';
import { sampleEntry, sampleMail } from '../testing/sample-mail.js';
import { TestClock } from '../testing/test-clock.js';
import { StorageProbe } from './storage-probe.js';

class AskedSpool extends MemorySpool {
  asked = 0;
  isSilent = false;

  override counts(): ReturnType<MemorySpool['counts']> {
    this.asked++;
    return this.isSilent ? new Promise(() => undefined) : super.counts();
  }
}

function setUp() {
  const clock = new TestClock();
  const spool = new AskedSpool(clock);
  return { clock, spool, probe: new StorageProbe({ spool, clock, timeoutMs: 300 }) };
}

describe('the probe of the storage', () => {
  it('tells how late the oldest mail is that is due, and nothing of what is paused', async () => {
    const { clock, spool, probe } = setUp();
    const mail = sampleMail({ id: '1', createdAt: clock.now(), dueAt: clock.now() });
    await spool.add(sampleEntry(mail));
    await clock.advance(5000);
    expect(await probe.result()).toEqual({
      ok: true,
      pending: 1,
      claimed: 0,
      lagMs: 5000,
      oldestPendingMs: 5000,
    });
    await spool.control.pause({ stream: mail.stream });
    await clock.advance(1000);
    expect(await probe.result()).toMatchObject({ pending: 1, lagMs: 0 });
  });

  it('asks once a second, however many want to know', async () => {
    const { clock, spool, probe } = setUp();
    await Promise.all([probe.result(), probe.result()]);
    await clock.advance(999);
    await probe.result();
    expect(spool.asked).toBe(1);
    await clock.advance(1);
    await probe.result();
    expect(spool.asked).toBe(2);
  });

  it('says when it does not answer in time', async () => {
    const { clock, spool, probe } = setUp();
    spool.isSilent = true;
    const asked = probe.result();
    await clock.advance(300);
    expect(await asked).toEqual({ ok: false, reason: 'the storage did not answer within 300 ms' });
  });
});
