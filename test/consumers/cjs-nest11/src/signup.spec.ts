import { Test } from '@nestjs/testing';
import { filter, firstValueFrom } from 'rxjs';
import { MailRelayModule, MailService, type MemoryTransport, TransportRegistry } from 'nestjs-mail-relay';
import { Signup } from './signup';

describe('Signup', () => {
  it('welcomes a new user', async () => {
    const app = await Test.createTestingModule({
      imports: [
        MailRelayModule.forRoot({
          from: 'Acme <hello@acme.test>',
          transport: 'memory:',
          templates: { dir: 'templates' },
        }),
      ],
      providers: [Signup],
    }).compile();
    await app.init();

    const sent = firstValueFrom(app.get(MailService).events$.pipe(filter(({ type }) => type === 'sent')));
    await app.get(Signup).welcome({ id: '1', name: 'Ada', email: 'ada@example.test' });

    expect(await sent).toMatchObject({ recipient: 'ada@example.test', template: 'welcome' });
    const { messages } = app.get(TransportRegistry).get('default') as MemoryTransport;
    expect(messages.map(({ raw }) => raw.toString())).toEqual([expect.stringContaining('Welcome, Ada!')]);
    await app.close();
  });
});
