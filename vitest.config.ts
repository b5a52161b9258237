/** How the tests run: real files and real sockets need a little time, and two cores share it. */
import { configDefaults, defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest asks for one
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those run with test/servers/run, and with `npm run test:memory`.
    exclude: [...configDefaults.exclude, 'test/**/*.{server,memory}.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // As many as there are cores: by itself it would leave one for the terminal.
    maxWorkers: '100%',
    globalSetup: ['test/servers/postgres-setup.ts'],
    restoreMocks: true,
  },
});
