import { ConsoleLogger, Logger, type LoggerService } from '@nestjs/common';

/** Everything the application logs from `start` on, one entry a record: level and message, without the stack. */
export class LogRecord implements LoggerService {
  readonly lines: string[] = [];

  static start(): LogRecord {
    const record = new LogRecord();
    Logger.overrideLogger(record);
    return record;
  }

  /** Gives the log back to the console. */
  stop(): void {
    Logger.overrideLogger(new ConsoleLogger({ logLevels: ['error'] }));
  }

  log(message: unknown): void {
    this.lines.push(`log ${String(message)}`);
  }

  error(message: unknown): void {
    this.lines.push(`error ${String(message)}`);
  }

  warn(message: unknown): void {
    this.lines.push(`warn ${String(message)}`);
  }

  debug(message: unknown): void {
    this.lines.push(`debug ${String(message)}`);
  }

  verbose(message: unknown): void {
    this.lines.push(`verbose ${String(message)}`);
  }
}
