export type { ContractRunner } from '../testing/contract-runner.js';
export { TestClock } from '../testing/test-clock.js';
export {
  describeTransportContract,
  TRANSPORT_CONTRACT_RECIPIENTS,
  TRANSPORT_SCENARIOS,
} from '../testing/transport-contract.js';
export type {
  AcceptedMessage,
  TransportContractOptions,
  TransportContractSubject,
  TransportScenario,
} from '../testing/transport-contract.js';
