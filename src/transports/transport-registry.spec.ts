import { describe, expect, it } from 'vitest';
import { MailRelayError } from '../core/mail-relay-error.js';
import { MailTransport, type TransportResult, type TransportVerification } from './mail-transport.js';
import { TransportRegistry } from './transport-registry.js';

class FakeTransport extends MailTransport {
  readonly kind = 'fake';
  closed = 0;

  constructor(private readonly closing: Promise<void> = Promise.resolve()) {
    super();
  }

  override send(): Promise<TransportResult> {
    return Promise.resolve({ outcomes: [] });
  }

  override verify(): Promise<TransportVerification> {
    return Promise.resolve({ ok: true });
  }

  override close(): Promise<void> {
    this.closed++;
    return this.closing;
  }
}

describe('TransportRegistry', () => {
  it('gives transports by name, in the order of declaration', () => {
    const [one, two] = [new FakeTransport(), new FakeTransport()];
    const registry = new TransportRegistry([
      { name: 'primary', transport: one },
      { name: 'backup', transport: two },
    ]);
    expect(registry.get('backup')).toBe(two);
    expect(registry.names()).toEqual(['primary', 'backup']);
  });

  it.each([
    [['primary', 'backup'], 'has "primary", "backup"'],
    [[], 'has none'],
  ])('says which there are when one is not: %j', (names, told) => {
    const registry = new TransportRegistry(names.map((name) => ({ name, transport: new FakeTransport() })));
    const error = thrownBy(() => registry.get('third'));
    expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_UNKNOWN_TRANSPORT')).toBe(true);
    expect((error as Error).message).toContain(told);
  });

  it.each(['__proto__', 'constructor', 'toString'])('knows no transport named %s', (name) => {
    expect(() => new TransportRegistry([]).get(name)).toThrow(MailRelayError);
  });

  it('refuses a name that is used twice', () => {
    const entry = { name: 'primary', transport: new FakeTransport() };
    const error = thrownBy(() => new TransportRegistry([entry, entry]));
    expect(MailRelayError.is(error, 'ERR_MAIL_RELAY_OPTIONS')).toBe(true);
  });

  it('closes a transport once although it stands under two names', async () => {
    const transport = new FakeTransport();
    const registry = new TransportRegistry([
      { name: 'primary', transport },
      { name: 'backup', transport },
    ]);
    await registry.closeAll();
    expect(transport.closed).toBe(1);
  });

  it('closes the others when one cannot be closed, and says so', async () => {
    const broken = new FakeTransport(Promise.reject(new Error('stuck')));
    const good = new FakeTransport();
    const registry = new TransportRegistry([
      { name: 'broken', transport: broken },
      { name: 'good', transport: good },
    ]);
    await expect(registry.closeAll()).rejects.toThrow('1 of 2 transports');
    expect(good.closed).toBe(1);
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return expect.unreachable();
}
