import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Digest } from './digest.js';

// Boots, sends one mail and ends: nothing may keep the process alive after close().
const app = await NestFactory.createApplicationContext(AppModule);
const report = await app.get(Digest).send('ada@example.test', ['one', 'two']);
await app.close();
console.log(JSON.stringify(report.recipients));
