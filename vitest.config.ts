import { defineConfig } from 'vitest/config';

const alias = {
  'nestjs-mail-relay/sql': new URL('./src/entries/sql.ts', import.meta.url).pathname,
  'nestjs-mail-relay/bull': new URL('./src/entries/bull.ts', import.meta.url).pathname,
  'nestjs-mail-relay/health': new URL('./src/entries/health.ts', import.meta.url).pathname,
  'nestjs-mail-relay/metrics': new URL('./src/entries/metrics.ts', import.meta.url).pathname,
  'nestjs-mail-relay/otel': new URL('./src/entries/otel.ts', import.meta.url).pathname,
  'nestjs-mail-relay/providers': new URL('./src/entries/providers.ts', import.meta.url).pathname,
  'nestjs-mail-relay/testing/vitest': new URL('./src/entries/testing-vitest.ts', import.meta.url).pathname,
  'nestjs-mail-relay/testing': new URL('./src/entries/testing.ts', import.meta.url).pathname,
  'nestjs-mail-relay': new URL('./src/index.ts', import.meta.url).pathname,
};

export default defineConfig({
  resolve: { alias },
  test: {
    reporters: ['default'],
    // Threads are Node's own: they read the sources without vitest.
    execArgv: ['--import', new URL('./test/support/threads/register.mjs', import.meta.url).href],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.spec.ts', 'test/*.spec.ts'],
          setupFiles: ['test/support/setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/{battery,chaos,contract,e2e,integration,peers}/**/*.spec.ts'],
          setupFiles: ['test/support/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Real servers, browsers and processes on a machine of others: what it stalls is tried again, and the run says so.
          retry: process.env['CI'] ? 2 : 0,
        },
      },
      {
        extends: true,
        test: {
          name: 'consumers',
          // npm installs take the whole machine; what runs beside them would only wait.
          sequence: { groupOrder: 1 },
          include: ['test/consumers/*.spec.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          retry: process.env['CI'] ? 1 : 0,
        },
      },
    ],
  },
});
