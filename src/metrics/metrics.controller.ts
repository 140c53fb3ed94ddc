import { Controller, Get, Header, Inject, type CanActivate, type Type, UseGuards } from '@nestjs/common';
import { MailMetrics } from './mail-metrics.js';

/** A controller of its own for each relay, because decorators are of a class. */
export function metricsController(path: string, guards: readonly Type<CanActivate>[]): Type {
  @Controller(path)
  @UseGuards(...guards)
  class MailMetricsController {
    constructor(@Inject(MailMetrics) private readonly metrics: MailMetrics) {}

    @Get()
    @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
    @Header('Cache-Control', 'no-store')
    read(): Promise<string> {
      return this.metrics.registry.metrics();
    }
  }
  return MailMetricsController;
}
