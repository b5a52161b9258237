/**
 * How the memory suites run: apart from the other tests, since they load the largest answers and widest
 * tables.
 */
import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest asks for one
export default defineConfig({
  test: { include: ['test/**/*.memory.test.ts'], testTimeout: 180_000, maxWorkers: 1 },
});
