import {
  Controller,
  Get,
  Header,
  HttpException,
  Inject,
  VERSION_NEUTRAL,
  type InjectionToken,
  type Type,
} from '@nestjs/common';
import type { MailHealthIndicator } from './mail-health-indicator.js';

/** What the routes answer: the shape of a health check of Terminus. */
interface HealthAnswer {
  readonly status: 'ok' | 'error';
  readonly info: object;
  readonly error: object;
  readonly details: object;
}

/** Not ready: a load balancer sends no requests here. */
const NOT_READY = 503;

/** A controller of its own for each relay, because decorators are of a class. */
export function healthController(path: string, indicator: InjectionToken): Type {
  // Whoever probes it knows nothing of the versions of the application's API.
  @Controller({ path, version: VERSION_NEUTRAL })
  class MailHealthController {
    constructor(@Inject(indicator) private readonly health: MailHealthIndicator) {}

    /** The process answers; nothing else is asked, so that no server elsewhere gets it restarted. */
    @Get('live')
    @Header('Cache-Control', 'no-store')
    live(): HealthAnswer {
      return { status: 'ok', info: {}, error: {}, details: {} };
    }

    @Get('ready')
    @Header('Cache-Control', 'no-store')
    async ready(): Promise<HealthAnswer> {
      const details = await this.health.isHealthy();
      if (details.mail.status === 'up') return { status: 'ok', info: details, error: {}, details };
      throw new HttpException({ status: 'error', info: {}, error: details, details }, NOT_READY);
    }
  }
  return MailHealthController;
}
