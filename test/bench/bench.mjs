// How fast we are beside the peers: `npm run bench`, `npm run bench -- --only a`. See docs/benchmarks.md.
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { checkMails } from './check-mails.mjs';
import { runRound, startSink } from './child.mjs';
import { comparisons } from './comparisons.mjs';
import { installPeers, peerVersions } from './peers.mjs';
import { startBenchRedis } from './redis.mjs';
import { report } from './report.mjs';
import { settings } from './settings.mjs';

/** The load of the last minute from which on somebody else probably uses the cores. */
const BUSY_LOAD = 1;

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
const chosen = comparisons.filter(({ key }) => values.only === undefined || values.only.includes(key));
if (chosen.length === 0) {
  throw new TypeError(`--only takes one of ${comparisons.map(({ key }) => key).join(', ')}.`);
}

await installPeers();
const versions = peerVersions();
console.log(`Node ${process.version}, ${availableParallelism()} cores, ${settings.rounds} rounds in turn`);
console.log(`${settings.messages} messages after a warm-up, ${settings.concurrency} calls outstanding`);
console.log(
  `nodemailer ${versions['nodemailer']}, @nestjs-modules/mailer ${versions['@nestjs-modules/mailer']}\n`,
);
const [load = 0] = loadavg();
if (load > BUSY_LOAD)
  console.log(`The machine was busy in the last minute (load ${load.toFixed(1)}): the figures may spread.\n`);

const sink = await startSink();
try {
  for (const comparison of chosen) {
    const redis = comparison.redis ? await startBenchRedis() : undefined;
    try {
      console.log(report(comparison, await measure(comparison)));
    } finally {
      await redis?.stop();
    }
  }
} finally {
  sink.stop();
}

/** @param {import('./comparisons.mjs').Comparison} comparison */
async function measure({ key, kind, entrants }) {
  const measured = entrants.map((entrant) => ({ entrant, rounds: /** @type {any[]} */ ([]) }));
  for (let round = 1; round <= settings.rounds; round++) {
    for (const { entrant, rounds } of measured) {
      const result = await runRound(entrant.contender, sink.port, kind);
      checkMails(entrant, result.mails, await sink.take());
      rounds.push(result);
      process.stderr.write(`${key} ${round}/${settings.rounds} ${entrant.label}: ${line(kind, result)}\n`);
    }
  }
  process.stderr.write('\n');
  return measured;
}

/**
 * @param {'throughput' | 'burst'} kind
 * @param {any} result
 */
function line(kind, result) {
  return kind === 'burst'
    ? `${result.firstMs.toFixed(1)} ms, then ${result.warmMs.toFixed(1)} ms`
    : `${Math.round(result.perSecond)} messages/s`;
}
