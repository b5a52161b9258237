/**
 * Floor C, a process of its own: sends a file of CSV into a new table by `COPY … FROM STDIN`, as psql's
 * `\copy` does, and tells how long that took. It makes no key and takes no statistics.
 */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import type { Told } from './publish-task.js';

const [url = '', create = '', table = '', file = ''] = process.argv.slice(2);
const client = new pg.Client({ connectionString: url });
await client.connect();
const before = process.cpuUsage();
const started = performance.now();
await client.query(create);
await pipeline(
  createReadStream(file, { highWaterMark: 1 << 20 }),
  client.query(from(`COPY ${table} FROM STDIN (FORMAT csv)`)),
);
const seconds = [(performance.now() - started) / 1000];
const { user, system } = process.cpuUsage(before);
await client.end();
const told: Told = {
  seconds,
  cpu_s: (user + system) / 1e6,
  rss_mb: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(told)}\n`);
