import { describe, expect, it } from 'vitest';
import { classifyFailure } from '../core/failure/failure-classifier.js';
import { TestClock } from '../testing/test-clock.js';
import { MailTransport, type TransportVerification } from '../transports/mail-transport.js';
import { TransportProbe } from './transport-probe.js';

const DEAD = classifyFailure({ provenance: 'timeout', stage: 'conn', upstream: 'relay' });

class AskedTransport extends MailTransport {
  readonly kind = 'asked';
  asked = 0;
  answer: () => Promise<TransportVerification> = async () => ({ ok: true });
  signal: AbortSignal | undefined;

  async send(): Promise<never> {
    throw new Error('never sent');
  }

  verify(signal: AbortSignal): Promise<TransportVerification> {
    this.asked++;
    this.signal = signal;
    return this.answer();
  }

  async close(): Promise<void> {}
}

function probeOf(sinceSent: () => number | undefined = () => undefined) {
  const clock = new TestClock();
  const transport = new AskedTransport();
  const probe = new TransportProbe({ transport, clock, intervalMs: 1000, timeoutMs: 300, sinceSent });
  return { clock, transport, probe };
}

describe('the probe of a transport', () => {
  it('asks once in an interval, however often it is asked', async () => {
    const { clock, transport, probe } = probeOf();
    await Promise.all([probe.result(), probe.result(), probe.result()]);
    await clock.advance(999);
    expect(await probe.result()).toMatchObject({ ok: true });
    expect(transport.asked).toBe(1);
    await clock.advance(1);
    await probe.result();
    expect(transport.asked).toBe(2);
  });

  it('names the class of the failure', async () => {
    const { transport, probe } = probeOf();
    transport.answer = async () => ({ ok: false, failure: DEAD });
    expect(await probe.result()).toMatchObject({ ok: false, failure: 'network' });
  });

  it('gives a transport up that does not answer in time', async () => {
    const { clock, transport, probe } = probeOf();
    transport.answer = () => new Promise(() => undefined);
    const asked = probe.result();
    await clock.advance(300);
    expect(await asked).toMatchObject({ ok: false, failure: 'timeout' });
    expect(transport.signal?.aborted).toBe(true);
  });

  it('survives a transport that rejects', async () => {
    const { transport, probe } = probeOf();
    transport.answer = () => Promise.reject(new Error('a bug'));
    expect(await probe.result()).toMatchObject({ ok: false, failure: 'error' });
  });

  it('says what it knew while news take their time', async () => {
    const { clock, transport, probe } = probeOf();
    await probe.result();
    await clock.advance(1000);
    transport.answer = () => new Promise(() => undefined);
    expect(await probe.result()).toMatchObject({ ok: true });
  });

  it('asks nobody when mail went out within the interval', async () => {
    const { clock, transport, probe } = probeOf(() => 10);
    expect(await probe.result()).toEqual({ ok: true, checkedAt: clock.now() - 10 });
    expect(transport.asked).toBe(0);
  });
});
