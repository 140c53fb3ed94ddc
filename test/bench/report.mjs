import { show, spread } from './statistics.mjs';

/**
 * @typedef {object} Measured
 * @property {import('./comparisons.mjs').Entrant} entrant
 * @property {readonly any[]} rounds what `round.mjs` told, in order
 */

/**
 * The table of a comparison, and a line for every target.
 *
 * @param {import('./comparisons.mjs').Comparison} comparison
 * @param {readonly Measured[]} measured
 */
export function report({ title, kind }, measured) {
  const { rows, verdicts } = kind === 'burst' ? burst(measured) : throughput(measured);
  return [title, '', ...table(rows), '', ...verdicts, ''].join('\n');
}

/** @param {readonly Measured[]} measured */
function throughput(measured) {
  const rows = [['', 'messages/s', 'ratio', 'CPU ms/message', 'ratio', 'peak RSS MB', 'of it grown']];
  const verdicts = [];
  const peer = measured[0]?.rounds ?? [];
  for (const { entrant, rounds } of measured) {
    const of = (/** @type {string} */ figure) => spread(rounds.map((round) => round[figure]));
    // Of the same round, so that what slows both does not show.
    const ratioOf = (/** @type {string} */ figure) =>
      spread(rounds.map((round, i) => round[figure] / peer[i][figure]));
    const ratio = ratioOf('perSecond');
    rows.push([
      entrant.label,
      show(of('perSecond'), 0),
      show(ratio, 2),
      show(of('cpuMs'), 2),
      show(ratioOf('cpuMs'), 2),
      of('rssMb').median.toFixed(0),
      of('rssGrowthMb').median.toFixed(0),
    ]);
    if (entrant.atLeast === undefined) continue;
    const met = ratio.median >= entrant.atLeast;
    verdicts.push(
      verdict(met, `${entrant.label}: at least ${entrant.atLeast}× the messages/s, is ${show(ratio, 2)}`),
    );
  }
  return { rows, verdicts };
}

/** @param {readonly Measured[]} measured */
function burst(measured) {
  const rows = [['', 'first burst, ms', 'later burst, ms']];
  const verdicts = [];
  for (const { entrant, rounds } of measured) {
    const first = spread(rounds.map(({ firstMs }) => firstMs));
    const warm = spread(rounds.map(({ warmMs }) => warmMs));
    rows.push([entrant.label, show(first, 1), show(warm, 1)]);
    if (entrant.belowMs === undefined) continue;
    const worst = Math.max(first.max, warm.max);
    const met = worst < entrant.belowMs;
    verdicts.push(
      verdict(met, `${entrant.label}: always below ${entrant.belowMs} ms, is at most ${worst.toFixed(1)}`),
    );
  }
  return { rows, verdicts };
}

/**
 * @param {boolean} met
 * @param {string} what
 */
function verdict(met, what) {
  return `${met ? 'met   ' : 'MISSED'}  ${what}`;
}

/**
 * Columns as wide as their widest cell; the figures to the right.
 *
 * @param {readonly (readonly string[])[]} rows
 */
function table(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('   '),
  );
}
