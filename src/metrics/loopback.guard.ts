import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
/** What proxies say: behind one, everybody comes from this machine. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

/** Lets only requests in that come from this machine, and straight. */
@Injectable()
export class LoopbackGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request: unknown = context.switchToHttp().getRequest();
    if (typeof request !== 'object' || request === null) return false;
    const { socket, headers } = request as {
      readonly socket?: { readonly remoteAddress?: string };
      readonly headers?: Readonly<Record<string, unknown>>;
    };
    if (FORWARDED.some((name) => headers?.[name] !== undefined)) return false;
    return LOOPBACK.test(socket?.remoteAddress ?? '');
  }
}
