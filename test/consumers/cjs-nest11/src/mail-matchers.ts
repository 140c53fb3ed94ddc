import { mailRelayMatchers, type MailRelayMatchers } from 'nestjs-mail-relay/testing';

expect.extend(mailRelayMatchers);

declare global {
  namespace jest {
    interface Matchers<R, T> extends MailRelayMatchers<R> {}
  }
}
