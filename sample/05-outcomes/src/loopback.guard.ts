import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** What became of mails is for nobody else: here it is for this machine alone. */
@Injectable()
export class LoopbackGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { socket, headers } = context
      .switchToHttp()
      .getRequest<{ socket: { remoteAddress?: string }; headers: Record<string, unknown> }>();
    // Behind a proxy on this machine everybody comes from it.
    return headers['x-forwarded-for'] === undefined && LOOPBACK.test(socket.remoteAddress ?? '');
  }
}
