// Makes src/rest/decode/scanner-wasm.ts of wasm/scan.ts, with AssemblyScript from the registry of npm; with --check, only tells whether it is of this scan.ts. The result is
// kept in the repository, so that nobody needs a hundred megabytes of compiler to build the rest. Exit status 75: there is no compiler.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMPILER = 'assemblyscript@0.28.20';
const RESULT = 'src/rest/decode/scanner-wasm.ts';

const folder = mkdtempSync(join(tmpdir(), 'xano-scan-'));
try {
  const binary = join(folder, 'scan.wasm');
  const options = ['-O3', '--runtime', 'stub', '--importMemory', '--enable', 'simd', '--noAssert'];
  const asc = (...args) =>
    spawnSync('npm', ['exec', '--yes', `--package=${COMPILER}`, '--', 'asc', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    }).status === 0;
  if (!asc('--version')) {
    console.error(`${COMPILER} could not be had: wasm/scan.ts was not compiled.`);
    process.exitCode = 75;
  } else if (!asc('wasm/scan.ts', '-o', binary, ...options)) {
    console.error('wasm/scan.ts does not compile.');
    process.exitCode = 1;
  } else {
    const code = readFileSync(binary).toString('base64');
    const text = `/** Made of wasm/scan.ts by \`npm run scan\`. Not to be changed by hand. */\n\n/** WebAssembly, as base64. */\nexport const SCAN_WASM =\n  '${code}';\n`;
    if (!process.argv.includes('--check')) writeFileSync(RESULT, text);
    else if (readFileSync(RESULT, 'utf8') === text) console.log(`${RESULT} is what wasm/scan.ts makes.`);
    else {
      console.error(`${RESULT} is not what wasm/scan.ts makes: run "npm run scan".`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
