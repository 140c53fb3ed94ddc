/** What can be changed from the environment, so that the parent and its children see the same. */
export const settings = {
  /** Mails of a measured run: enough that what is measured is the code, and not its compilation. */
  messages: whole('BENCH_MESSAGES', 10_000),
  /** Calls outstanding at any time. */
  concurrency: whole('BENCH_CONCURRENCY', 50),
  rounds: whole('BENCH_ROUNDS', 5),
  /** Mails of a burst, all given at once. */
  burst: whole('BENCH_BURST', 1000),
  /** Of every contender. */
  connections: 5,
};

/**
 * @param {string} name
 * @param {number} fallback
 */
function whole(name, fallback) {
  const given = process.env[name];
  const value = given === undefined ? fallback : Number(given);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`${name} is ${JSON.stringify(given)}: give a whole number of 1 or more.`);
}
