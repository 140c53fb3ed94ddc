import { OnMailEvent } from 'nestjs-mail-relay';
import { readyMail } from '../workload.mjs';
import { startRelay } from './relay.mjs';

const MINUTE_MS = 60_000;

/** What an error costs by itself, with its stack: nobody throws it. @type {import('./contender.mjs').StartContender} */
export function startRelayErrors(port) {
  return startListening(port, () => void new Error('The listener keeps this to itself.'));
}

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
