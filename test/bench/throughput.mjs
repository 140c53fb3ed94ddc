import { settings } from './settings.mjs';

const SAMPLE_MS = 20;
const MIB = 1024 * 1024;

/**
 * @typedef {object} Throughput
 * @property {number} mails how many were sent, warm-up included
 * @property {number} perSecond
 * @property {number} cpuMs per mail, user and system, of all threads of the process
 * @property {number} rssMb the peak
 * @property {number} rssGrowthMb from the end of the warm-up to the peak
 */

/**
 * How fast a warm contender sends, with so many calls outstanding at any time.
 *
 * @param {import('./contenders/contender.mjs').Contender} contender
 * @returns {Promise<Throughput>}
 */
export async function measureThroughput(contender) {
  const { messages } = settings;
  const warmUp = Math.ceil(messages / 3);
  await sendAll(contender, 0, warmUp);

  const rssBefore = process.memoryUsage.rss();
  let rssPeak = rssBefore;
  const sampler = setInterval(() => {
    rssPeak = Math.max(rssPeak, process.memoryUsage.rss());
  }, SAMPLE_MS);
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  await sendAll(contender, warmUp, warmUp + messages);
  const seconds = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  clearInterval(sampler);
  rssPeak = Math.max(rssPeak, process.memoryUsage.rss());

  return {
    mails: warmUp + messages,
    perSecond: messages / seconds,
    cpuMs: (cpu.user + cpu.system) / 1000 / messages,
    rssMb: rssPeak / MIB,
    rssGrowthMb: (rssPeak - rssBefore) / MIB,
  };
}

/**
 * @param {import('./contenders/contender.mjs').Contender} contender
 * @param {number} from
 * @param {number} to
 */
async function sendAll(contender, from, to) {
  let next = from;
  const lane = async () => {
    while (next < to) await contender.send(next++);
  };
  await Promise.all(Array.from({ length: settings.concurrency }, lane));
}
