import { describe, expect, it } from 'vitest';
import type { Claim, ClaimRequest, Settlement, SpoolEntry, SpoolReceipt } from '../../src/spool/spool.js';
import { MemorySpool } from '../../src/spool/memory/memory-spool.js';
import { describeSpoolContract } from '../../src/testing/spool-contract.js';
import type { TestClock } from '../../src/testing/test-clock.js';

/** Each of these is wrong in one way; the suite has to notice. */
const BROKEN: Readonly<Record<string, (clock: TestClock) => MemorySpool>> = {
  'forgets the message': (clock) =>
    new (class extends MemorySpool {
      override add(entry: SpoolEntry, claim?: ClaimRequest) {
        return super.add({ ...entry, message: Buffer.from('other') }, claim);
      }
    })(clock),
  'lets a lost claim settle': (clock) =>
    new (class extends MemorySpool {
      override async settle(claim: Claim, settlement: Settlement) {
        return (await super.settle(claim, settlement)) ?? (await this.get(claim.mail.id));
      }
    })(clock),
  'lets two workers claim': (clock) =>
    new (class extends MemorySpool {
      #last: Claim | undefined;
      override async claim(id: string, request: ClaimRequest) {
        this.#last = (await super.claim(id, request)) ?? this.#last;
        return this.#last;
      }
    })(clock),
  'ignores the mark': (clock) =>
    new (class extends MemorySpool {
      override mark(): void {}
    })(clock),
  'never rings again': (clock) => new MemorySpool(clock, { ringAgainMs: 86_400_000 }),
  'ignores idempotency keys': (clock) =>
    new (class extends MemorySpool {
      override add(entry: SpoolEntry, claim?: ClaimRequest): Promise<SpoolReceipt> {
        return super.add({ ...entry, idempotency: undefined }, claim);
      }
    })(clock),
  'does not renew': (clock) =>
    new (class extends MemorySpool {
      override async renew(): Promise<boolean> {
        return true;
      }
    })(clock),
  'counts every attempt': (clock) =>
    new (class extends MemorySpool {
      override settle(claim: Claim, settlement: Settlement) {
        return super.settle(claim, { ...settlement, countAttempt: true });
      }
    })(clock),
  'gives out mail early': (clock) =>
    new (class extends MemorySpool {
      override add(entry: SpoolEntry, claim?: ClaimRequest): Promise<SpoolReceipt> {
        const recipients = entry.recipients.map((one) => ({ ...one, dueAt: clock.now() }));
        return super.add({ ...entry, recipients }, claim);
      }
    })(clock),
};

describe('the spool contract', () => {
  for (const [fault, open] of Object.entries(BROKEN)) {
    it(`notices a spool that ${fault}`, async () => {
      const clauses: (() => Promise<void>)[] = [];
      describeSpoolContract({
        describe: (_title, body) => body(),
        it: (_title, body) => void clauses.push(body),
        name: fault,
        open: async (clock) => open(clock),
      });
      const results = await Promise.allSettled(clauses.map((clause) => clause()));
      expect(results.some(({ status }) => status === 'rejected')).toBe(true);
    });
  }
});
