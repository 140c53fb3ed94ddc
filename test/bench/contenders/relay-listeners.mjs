import { OnMailEvent } from 'nestjs-mail-relay';
import { readyMail } from '../workload.mjs';
import { startRelay } from './relay.mjs';

const MINUTE_MS = 60_000;

/** @type {import('./contender.mjs').StartContender} */
export function startRelayThrows(port) {
  return startListening(port, () => {
    throw new Error('The listener throws.');
  });
}

/** @type {import('./contender.mjs').StartContender} */
export function startRelayHangs(port) {
  return startListening(port, () => new Promise((resolve) => setTimeout(resolve, MINUTE_MS).unref()));
}

/** A promise that the listener forgets: whatever the application does about those. @type {import('./contender.mjs').StartContender} */
export function startRelayLeaks(port) {
  process.on('unhandledRejection', () => undefined);
  return startListening(port, () => {
    void Promise.reject(new Error('The listener leaks this.'));
  });
}

/** What an application pays that throws and catches beside each mail, without a listener. @type {import('./contender.mjs').StartContender} */
export function startRelayThrowsBeside(port) {
  return startBeside(port, () => {
    try {
      throw new Error('The application throws.');
    } catch {
      // As a listener's is.
    }
  });
}

/** What an application pays that leaks a rejection beside each mail, without a listener. @type {import('./contender.mjs').StartContender} */
export function startRelayLeaksBeside(port) {
  process.on('unhandledRejection', () => undefined);
  return startBeside(port, () => void Promise.reject(new Error('The application leaks this.')));
}

/**
 * @param {number} port
 * @param {() => void} act
 * @returns {Promise<import('./contender.mjs').Contender>}
 */
async function startBeside(port, act) {
  const relay = await startRelay(port, readyMail);
  return {
    ...relay,
    send: async (i) => {
      await relay.send(i);
      act();
    },
  };
}

/**
 * @param {number} port
 * @param {() => unknown} hear
 */
function startListening(port, hear) {
  class Listener {
    heard() {
      return hear();
    }
  }
  const descriptor = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(Listener.prototype, 'heard')
  );
  OnMailEvent('sent')(Listener.prototype, 'heard', descriptor);
  return startRelay(port, readyMail, undefined, [Listener]);
}
