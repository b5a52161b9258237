// The command in some sixty files instead of some eight hundred: Node takes longer to find and read a module than to run it. The library in
// dist/ stays as TypeScript compiled it, and so do its types.
import { chmodSync } from 'node:fs';
import { build } from 'rolldown';

await build({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  // Finds the library that was built for this computer by its own place.
  external: ['@duckdb/node-bindings'],
  output: { dir: 'dist/cli', cleanDir: true, format: 'esm' },
});
chmodSync('dist/cli/main.js', 0o755);
