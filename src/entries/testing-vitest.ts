import { expect } from 'vitest';
import { mailRelayMatchers, type MailRelayMatchers } from '../testing/matchers.js';

expect.extend(mailRelayMatchers);

declare module 'vitest' {
  // oxlint-disable-next-line typescript/no-explicit-any, typescript/no-empty-object-type -- as vitest declares it
  interface Matchers<T = any> extends MailRelayMatchers<T> {}
}
