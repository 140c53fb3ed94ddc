import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { mailModule } from './mail.module.js';
import { OutcomeLog } from './outcome-log.js';

@Module({ imports: [mailModule('worker')], providers: [OutcomeLog] })
class WorkerModule {}

const app = await NestFactory.createApplicationContext(WorkerModule, { logger: ['error', 'warn'] });
// Exits with 0 when everything that was under way is finished: what Kubernetes wants to see.
app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
console.log('worker ready');
