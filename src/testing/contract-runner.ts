/**
 * The part of a test runner that the contract suites need: that of vitest, Jest, Mocha and node:test.
 *
 * @publicApi
 */
export interface ContractRunner {
  readonly describe: (title: string, body: () => void) => void;
  readonly it: (title: string, body: () => Promise<void>) => void;
}
