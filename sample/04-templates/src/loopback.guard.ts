import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** A gallery shows what an application writes to its customers: here it answers to this machine alone. */
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
