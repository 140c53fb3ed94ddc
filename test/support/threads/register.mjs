import { register } from 'node:module';

// Threads inherit the process's execArgv and nothing of vitest's: through this they read the TypeScript sources.
register('./typescript-hooks.mjs', import.meta.url);
