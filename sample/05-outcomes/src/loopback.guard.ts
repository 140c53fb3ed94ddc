import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** What became of mails is for nobody else: here it is for this machine alone. */
@Injectable()
export class LoopbackGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { socket } = context.switchToHttp().getRequest<{ socket: { remoteAddress?: string } }>();
    return LOOPBACK.test(socket.remoteAddress ?? '');
  }
}
