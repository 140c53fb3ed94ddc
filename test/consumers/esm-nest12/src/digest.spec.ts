import { Test } from '@nestjs/testing';
import { TransportRegistry, type MemoryTransport } from 'nestjs-mail-relay';
import { describe, expect, it } from 'vitest';
import { AppModule } from './app.module.js';
import { Digest } from './digest.js';

describe('Digest', () => {
  it('sends the news', async () => {
    const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
    await app.init();
    const report = await app.get(Digest).send('ada@example.test', ['one', 'two']);
    expect(report).toMatchObject({ ok: true, recipients: [{ state: 'sent', transport: 'primary' }] });
    const { messages } = app.get(TransportRegistry).get('primary') as MemoryTransport;
    expect(messages.map(({ raw }) => raw.toString())).toEqual([expect.stringContaining('Subject: 2 news')]);
    await app.close();
    expect(app.get(Digest).takenBy).toEqual(['primary']);
  });
});
