// How many mails a SQLite spool takes, and what its schedule costs when many wait: `npm run bench:sqlite`. See
// docs/benchmarks.md.
import { execFile } from 'node:child_process';
import { loadavg } from 'node:os';
import { promisify } from 'node:util';
import { settings } from './settings.mjs';
import { show, spread } from './statistics.mjs';

const ROUND = new URL('sqlite-round.mjs', import.meta.url).pathname;
const BAR = 5000;
const LOOP_MS = 20;

/** The first is what everybody uses; the others say what of it is due to what. */
const KINDS = /** @type {const} */ ({
  grouped: 'calls share commits, as always',
  single: 'one commit and one fsync for each',
  unsynced: 'calls share commits, no fsync at all',
});

/** @type {Record<string, any[]>} */
const rounds = { grouped: [], single: [], unsynced: [] };
console.log(
  `100 callers, messages of 4 KB, ${settings.rounds} rounds in turn, load ${loadavg()[0]?.toFixed(1)}\n`,
);
for (let round = 1; round <= settings.rounds; round++) {
  for (const kind of Object.keys(KINDS)) {
    const result = await run(kind);
    rounds[kind]?.push(result);
    process.stderr.write(`${round}/${settings.rounds} ${kind}: ${Math.round(result.addsPerSecond)} adds/s\n`);
  }
}
for (const [kind, what] of Object.entries(KINDS)) {
  const of = (/** @type {string} */ figure) => spread((rounds[kind] ?? []).map((round) => round[figure]));
  const ratio = spread(
    (rounds[kind] ?? []).map((round, i) => round.addsPerSecond / rounds['single']?.[i].addsPerSecond),
  );
  console.log(what);
  console.log(`  adds/s                      ${show(of('addsPerSecond'), 0)}`);
  console.log(`  ratio to one commit each    ${show(ratio, 2)}`);
  console.log(`  claim + mark + settle/s     ${show(of('deliveriesPerSecond'), 0)}`);
  console.log(`  CPU us/add, main thread     ${show(of('mainUs'), 0)}`);
  console.log(`  CPU us/add, all threads     ${show(of('cpuUs'), 0)}`);
  console.log(`  longest block of the loop   ${show(of('loopMs'), 1)} ms\n`);
}
const grouped = rounds['grouped'] ?? [];
const adds = spread(grouped.map((round) => round.addsPerSecond)).median;
const block = spread(grouped.map((round) => round.loopMs)).median;
console.log(`${adds >= BAR ? 'met   ' : 'MISSED'} at least ${BAR} durable adds/s`);
console.log(`${block <= LOOP_MS ? 'met   ' : 'MISSED'} the event loop never blocked over ${LOOP_MS} ms`);

for (const waiting of [1000, Number(process.env['BENCH_WAITING'] ?? 200_000)]) {
  const { openMs, dueMs, nextMs, claimMs } = await run(`waiting:${waiting}`);
  console.log(
    `\n${waiting} mails wait: open ${openMs.toFixed(1)} ms, due(1000) ${dueMs.toFixed(1)} ms, ` +
      `nextDueAt() ${nextMs.toFixed(2)} ms, claim() ${claimMs.toFixed(2)} ms`,
  );
}

/** @param {string} kind */
async function run(kind) {
  const { stdout } = await promisify(execFile)(process.execPath, [ROUND, kind]);
  return JSON.parse(stdout);
}
