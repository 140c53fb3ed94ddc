import { describe, it } from 'vitest';
import { InlineQueue } from '../../src/queue/inline/inline-queue.js';
import { describeQueueContract } from '../../src/testing/queue-contract.js';

describeQueueContract({ describe, it, name: 'inline', open: async () => new InlineQueue() });
