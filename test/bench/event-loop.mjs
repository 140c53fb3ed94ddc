import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { settings } from './settings.mjs';

const RESOLUTION_MS = 1;
const SETTLE_MS = 50;
const NS_PER_MS = 1e6;

/**
 * @typedef {object} EventLoop
 * @property {number} mails how many were sent, warm-up included
 * @property {number} firstMs the longest block of the event loop by the first burst of the process
 * @property {number} warmMs the same by the second burst
 */

/**
 * How long so many mails, given at once, keep the process from anything else: in a process that never mailed, then
 * in one that has. Up to a millisecond of each figure is the timer's own.
 *
 * @param {import('./contenders/contender.mjs').Contender} contender
 * @returns {Promise<EventLoop>}
 */
export async function measureEventLoop(contender) {
  const firstMs = await longestBlock(contender);
  const warmMs = await longestBlock(contender);
  return { mails: 2 * settings.burst, firstMs, warmMs };
}

/** @param {import('./contenders/contender.mjs').Contender} contender */
async function longestBlock(contender) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  await setTimeout(SETTLE_MS);
  delay.reset();
  // Observed: the interval after a reset is not recorded, and it is the one in which a burst begins.
  await setTimeout(SETTLE_MS);
  await contender.burst(settings.burst);
  await setTimeout(SETTLE_MS);
  delay.disable();
  return delay.max / NS_PER_MS;
}
