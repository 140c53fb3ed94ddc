import { describe, expect, it } from 'vitest';
import { MailRelayError } from '../mail-relay-error.js';
import { observed } from './observe.js';
import { observerOf } from './observer-chain.js';
import { StageObserver, type MailStage, type ObservedStage } from './stage-observer.js';

const FACTS = { relay: 'default', stream: 'transactional', mailId: '1', recipients: 1 };

class Notes extends StageObserver {
  readonly seen: string[] = [];

  constructor(readonly traceparent?: string) {
    super();
  }

  begin(stage: MailStage): ObservedStage {
    return {
      traceparent: this.traceparent,
      end: (outcome, failure) => void this.seen.push([stage, outcome, failure ?? ''].join(' ').trim()),
    };
  }
}

describe('observed work', () => {
  it('ends ok, or failed when it rejects, and stays what it is', async () => {
    const notes = new Notes();
    expect(await observed(notes, 'store', FACTS, async () => 7)).toBe(7);
    await expect(observed(notes, 'render', FACTS, () => Promise.reject(new Error('boom')))).rejects.toThrow(
      'boom',
    );
    expect(notes.seen).toEqual(['store ok', 'render failed other']);
  });

  it('costs nothing and knows no stage where nobody observes', async () => {
    expect(observerOf([])).toBeUndefined();
    expect(await observed(undefined, 'store', FACTS, async (stage) => stage)).toBeUndefined();
  });

  it('is told the code of an error of ours', async () => {
    const notes = new Notes();
    const error = new MailRelayError('ERR_MAIL_RELAY_DRAFT', 'No subject.');
    await expect(observed(notes, 'compose', FACTS, () => Promise.reject(error))).rejects.toBe(error);
    expect(notes.seen).toEqual(['compose failed ERR_MAIL_RELAY_DRAFT']);
  });

  it('is done within every observer that wants it, the first outermost', async () => {
    const order: string[] = [];
    class Around extends StageObserver {
      constructor(readonly name: string) {
        super();
      }

      begin(): ObservedStage {
        const { name } = this;
        return {
          end: () => undefined,
          run: (work) => {
            order.push(name);
            return work();
          },
        };
      }
    }
    const observer = observerOf([new Around('a'), new Notes(), new Around('b')]);
    expect(await observed(observer, 'try', FACTS, async () => order.push('work'))).toBe(3);
    expect(order).toEqual(['a', 'b', 'work']);
  });

  it('is seen by several, and named by the one that traces', async () => {
    const [metrics, traces] = [new Notes(), new Notes('00-1-2-01')];
    const observer = observerOf([metrics, traces]);
    const name = await observed(observer, 'attempt', FACTS, async (stage) => stage?.traceparent);
    expect(name).toBe('00-1-2-01');
    expect([metrics.seen, traces.seen]).toEqual([['attempt ok'], ['attempt ok']]);
  });
});
