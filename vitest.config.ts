/** How the tests run: real files and real sockets need a little time, and two cores share it. */
import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest asks for one
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those run with test/servers/run, and with `npm run test:memory`.
    exclude: [...configDefaults.exclude, 'test/**/*.{server,memory}.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One more than there are cores: a sixth of the time of the tests is waiting, for disks and servers.
    maxWorkers: availableParallelism() + 1,
    globalSetup: ['test/servers/postgres-setup.ts'],
    // A worker keeps the modules that it has imported: importing them for each file took a tenth of the time.
    // So a test puts back what it changes outside of itself.
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
  },
});
