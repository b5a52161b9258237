/** How the server suites run: apart from the other tests, since they need what `test/servers/run` sets up. */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest asks for one
export default defineConfig({
  test: {
    include: ['test/**/*.server.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A part of their time is waiting for servers.
    maxWorkers: availableParallelism() + 1,
    globalSetup: ['test/servers/postgres-setup.ts', 'test/servers/s3-setup.ts'],
    restoreMocks: true,
  },
});
