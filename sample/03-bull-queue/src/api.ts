import 'reflect-metadata';
import { Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { mailModule } from './mail.module.js';
import { SignupController } from './signup.controller.js';

@Module({ imports: [mailModule('api')], controllers: [SignupController] })
class ApiModule {}

const app = await NestFactory.create(ApiModule, { logger: ['error', 'warn'] });
app.useGlobalPipes(new ValidationPipe({ whitelist: true }));
app.enableShutdownHooks();
await app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
console.log(`api ${await app.getUrl()}`);
