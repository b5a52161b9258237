// The command in some sixty files instead of some eight hundred: Node takes longer to find and read a module than to run it. The library in
// dist/ stays as TypeScript compiled it, and so do its types. The pages of `xano dashboard` are bundled for the browser.
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'rolldown';

await build({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  // Finds the library that was built for this computer by its own place.
  external: ['@duckdb/node-bindings'],
  output: { dir: 'dist/cli', cleanDir: true, format: 'esm' },
});
chmodSync('dist/cli/main.js', 0o755);

const UI = 'src/dashboard/ui';
await build({
  input: { app: `${UI}/app.tsx` },
  platform: 'browser',
  tsconfig: `${UI}/tsconfig.json`,
  output: {
    dir: 'dist/dashboard/ui',
    cleanDir: true,
    format: 'esm',
    minify: true,
    // Fixed names: browsers keep no file, since the server forbids it.
    chunkFileNames: '[name].js',
  },
});
// All pages in one script, for the file of `xano status --html`.
await build({
  input: { report: `${UI}/app.tsx` },
  platform: 'browser',
  // These pages ask a server, which such a file does not have.
  external: [/pages\/(query|diagram)\.js$/],
  tsconfig: `${UI}/tsconfig.json`,
  output: { dir: 'dist/dashboard/ui', format: 'esm', minify: true, codeSplitting: false },
});
copyFileSync(`${UI}/index.html`, 'dist/dashboard/ui/index.html');
writeFileSync(
  'dist/dashboard/ui/app.css',
  ['style.css', 'pages.css', 'live.css'].map((name) => readFileSync(`${UI}/${name}`, 'utf8')).join('\n'),
);
