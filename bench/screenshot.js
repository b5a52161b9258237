// Takes the screenshot of the README: the dashboard of the demo's data. Needs Chromium on the PATH, or in CHROMIUM.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const TARGET = resolve('bench/dashboard.png');
/** The most bytes of the file: everybody who opens the README loads it. */
const MOST_BYTES = 150_000;

const isProgram = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
const executablePath =
  process.env.CHROMIUM ??
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) =>
      ['chromium-headless-shell', 'chromium', 'google-chrome'].map((name) => join(folder, name)),
    )
    .find(isProgram);

const folder = mkdtempSync(join(tmpdir(), 'xano-screenshot-'));
const demo = spawn(process.execPath, [resolve('dist/cli/main.js'), 'demo', '--dashboard'], {
  cwd: folder,
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  let said = '';
  demo.stdout.on('data', (chunk) => {
    said += String(chunk);
  });
  while (!said.includes('#token=')) await once(demo.stdout, 'data');
  const [url] = /http:\S+#token=\S+/.exec(said);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({
      viewport: { width: 1200, height: 700 },
      deviceScaleFactor: 1.5,
      colorScheme: 'light',
    });
    await page.goto(url);
    await page.getByRole('heading', { level: 2, name: 'Last loads' }).waitFor();
    await page.screenshot({ path: TARGET });
  } finally {
    await browser.close();
  }
} finally {
  demo.kill('SIGINT');
  await once(demo, 'close');
  rmSync(folder, { recursive: true, force: true });
}
const { size } = statSync(TARGET);
if (size > MOST_BYTES) throw new Error(`${TARGET} has ${size} bytes, and at most ${MOST_BYTES} are wanted.`);
console.log(`${TARGET}: ${size} bytes`);
