import { describe, expect, it } from 'vitest';
import { sinkRequest, TRANSPORT_SETUP } from '../../../test/support/smtp-sink-request.js';
import { log } from './log.js';

async function linesFor(to: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  const transport = log().open({ ...TRANSPORT_SETUP, notice: (line) => void lines.push(line) });
  await transport.send(sinkRequest({ mailId: '01abc', to }));
  return lines;
}

describe('the log transport', () => {
  it('writes one line: id, size, number and domains of the recipients', async () => {
    const [line, ...more] = await linesFor(['ada@b.test', 'eve@b.test', '"a@b"@c.test']);
    expect(more).toEqual([]);
    expect(line).toMatch(
      /^Mail 01abc of stream "transactional", \d+ bytes, for 3 recipients at b\.test, c\.test\.$/,
    );
  });

  it('writes no address', async () => {
    expect((await linesFor(['ada@b.test']))[0]).not.toContain('ada');
  });

  it('stays short for a mail to many domains', async () => {
    const [line] = await linesFor(Array.from({ length: 1000 }, (_, i) => `ada@domain${i}.test`));
    expect(line).toContain('and 995 more domains');
  });
});
