/** How the peers run: apart from the other tests, since they take Python and longer. */
import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest asks for one
export default defineConfig({
  test: { include: ['test/peers/*.peer.ts'], testTimeout: 180_000, maxWorkers: 1 },
});
