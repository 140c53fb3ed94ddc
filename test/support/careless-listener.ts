import { Injectable } from '@nestjs/common';
import { OnMailEvent } from 'nestjs-mail-relay';

/** Does with its events what nobody should. */
@Injectable()
export class CarelessListener {
  @OnMailEvent(['queued', 'sent'])
  throws(): void {
    throw new Error('boom');
  }

  @OnMailEvent('sent')
  async rejects(): Promise<void> {
    throw new Error('boom');
  }

  @OnMailEvent('sent')
  hangs(): Promise<void> {
    return new Promise(() => {});
  }
}
