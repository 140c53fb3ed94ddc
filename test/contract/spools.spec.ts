import { describe, it } from 'vitest';
import { MemorySpool } from '../../src/spool/memory/memory-spool.js';
import { describeSpoolContract } from '../../src/testing/spool-contract.js';

describeSpoolContract({ describe, it, name: 'memory', open: async (clock) => new MemorySpool(clock) });
