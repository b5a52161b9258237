/**
 * A process that starts others, each with a dataset of its own, waits until all have staged their rows, and
 * lets them publish at once into one place.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type PublishTask, type Told, toldBy } from './publish-task.js';

const [processes = '', given = ''] = process.argv.slice(2);
const task = JSON.parse(given) as PublishTask;
const program = join(import.meta.dirname, 'publish-rows.js');

/** One process: `go` lets it publish, `told` is what it tells in the end. */
function start(nth: number) {
  const own: PublishTask = { ...task, dataset: `${task.dataset}_${nth}`, waits: true };
  const child = spawn(process.execPath, [program, JSON.stringify(own)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const told = new Promise<Told>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) =>
      status === 0 ? resolve(toldBy(lines.join('\n'))) : reject(new Error(`A process ended with ${status}.`)),
    );
  });
  const staged = new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      if (line === 'staged') resolve();
    });
  });
  return { go: () => child.stdin.end('go\n'), staged: Promise.race([staged, told]), told };
}

const started = Array.from({ length: Number(processes) }, (_, nth) => start(nth + 1));
await Promise.all(started.map(({ staged }) => staged));
for (const { go } of started) go();
const all = await Promise.all(started.map(({ told }) => told));
const told: Told = {
  seconds: all.flatMap(({ seconds }) => seconds),
  cpu_s: all.reduce((sum, { cpu_s }) => sum + cpu_s, 0),
  rss_mb: Math.max(...all.map(({ rss_mb }) => rss_mb)),
};
process.stdout.write(`${JSON.stringify(told)}\n`);
