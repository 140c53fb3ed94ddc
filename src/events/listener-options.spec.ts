import { describe, expect, it } from 'vitest';
import { listenerSettings, type MailListenerOptions } from './listener-options.js';

describe('how a method listens', () => {
  it.each<readonly [MailListenerOptions, object]>([
    [{}, {}],
    [{ durable: false, everyProcess: false }, {}],
    [{ durable: true }, { durable: {} }],
    [
      { durable: { maxTries: 3, giveUpAfter: '24h' } },
      { durable: { maxTries: 3, giveUpAfterMs: 86_400_000 } },
    ],
    [{ everyProcess: true }, { everyProcess: true }],
    [{ name: 'billing' }, { name: 'billing' }],
  ])('%j is %j', (options, settings) => {
    expect(listenerSettings(options)).toEqual(settings);
  });

  it.each<readonly [MailListenerOptions, string]>([
    [{ durable: true, everyProcess: true }, 'both durable and everyProcess'],
    [{ durable: { maxTries: 0 } }, 'maxTries'],
    [{ durable: { giveUpAfter: 'soon' } }, 'giveUpAfter'],
  ])('%j is refused', (options, named) => {
    expect(() => listenerSettings(options)).toThrow(
      expect.objectContaining({ code: 'ERR_MAIL_RELAY_LISTENER', message: expect.stringContaining(named) }),
    );
  });
});
