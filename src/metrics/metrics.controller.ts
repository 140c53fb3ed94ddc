import {
  Controller,
  Get,
  Header,
  Inject,
  UseGuards,
  VERSION_NEUTRAL,
  type CanActivate,
  type Type,
} from '@nestjs/common';
import type { Registry } from 'prom-client';

/** The registry that the route shows; of one relay. */
export const METRICS_REGISTRY = Symbol('nestjs-mail-relay metrics registry');

/** A controller of its own for each relay, because decorators are of a class. */
export function metricsController(
  path: string,
  guards: readonly Type<CanActivate>[],
  contentType: string,
): Type {
  // Whoever reads them knows one path, whichever versions the API of the application has.
  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(...guards)
  class MailMetricsController {
    constructor(@Inject(METRICS_REGISTRY) private readonly registry: Registry) {}

    @Get()
    @Header('Content-Type', contentType)
    @Header('Cache-Control', 'no-store')
    read(): Promise<string> {
      return this.registry.metrics();
    }
  }
  return MailMetricsController;
}
