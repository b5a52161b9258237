/**
 * A process that stages records of a file and then publishes them: it tells how long publishing took, which
 * a whole load would hide behind requests.
 */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { TargetPlan } from '../../src/destinations/destination.js';
import type { LoadReport } from '../../src/events.js';
import { openDestination } from '../../src/index.js';
import { readRecords } from '../../src/rest/decode/records.js';
import type { PublishTask, Told } from './publish-task.js';

const task = JSON.parse(process.argv[2]!) as PublishTask;
const { columns, staging_folder, extension_folder } = task;
/** Bytes that are read at a time. */
const BLOCK = 2 << 20;
const [NEWLINE, COMMA] = [10, 44];
const load_id = `load-${process.pid}-${Date.now()}`;

/** Whole records of the file, as a list of JSON. */
async function* lists(file: string): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const block of createReadStream(file, { highWaterMark: BLOCK })) {
    const bytes = Buffer.concat([rest, block as Buffer]);
    const end = bytes.lastIndexOf(NEWLINE);
    for (let at = bytes.indexOf(NEWLINE); at < end; at = bytes.indexOf(NEWLINE, at)) bytes[at] = COMMA;
    yield Buffer.concat([Buffer.from('['), bytes.subarray(0, end), Buffer.from(']')]);
    rest = bytes.subarray(end + 1);
  }
}

function planOf(name: string): TargetPlan {
  return {
    resource: name,
    disposition: { type: 'replace' },
    guards: { allow_empty: false, allow_shrink: false },
    nested: { type: 'json' },
    identity: `bench/${task.dataset}/${name}`,
    fingerprint: 'bench',
    origin: null,
    load_id,
    target: { schema: task.dataset, name, columns, primary_key: ['id'] },
  };
}

const report: LoadReport = {
  load_id,
  started_at: new Date().toISOString(),
  finished_at: new Date().toISOString(),
  status: 'loaded',
  destination: task.to,
  requests: 0,
  bytes: 0,
  resources: [],
  gone: [],
};

const destination = await openDestination(task.to, {
  dataset: task.dataset,
  staging_folder,
  ...(extension_folder === undefined ? {} : { extension_folder }),
});
await destination.prepare();
const shape = { columns: columns.map((column) => ({ ...column, inferred: false })), excluded: [] };
const writers = [];
for (let table = 1; table <= task.tables; table++) {
  const writer = await destination.openTarget(planOf(task.tables === 1 ? 'rows' : `rows_${table}`));
  let page = 0;
  for await (const list of lists(task.file)) {
    const read = readRecords(list, '', shape);
    await writer.write({ columns: read.columns, count: read.count, rejects: read.rejects }, { page: page++ });
  }
  await writer.staged();
  writers.push(writer);
}
if (task.waits) {
  process.stdout.write('staged\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
}
const before = process.cpuUsage();
const seconds: number[] = [];
for (const writer of writers) {
  const started = performance.now();
  await writer.commit({
    completeness: 'proved',
    rows_expected: task.rows,
    watermark: null,
    complete_ranges: [{}],
    report,
  });
  seconds.push((performance.now() - started) / 1000);
}
const { user, system } = process.cpuUsage(before);
await destination.close();
const told: Told = {
  seconds,
  cpu_s: (user + system) / 1e6,
  rss_mb: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(told)}\n`);
