/**
 * Floor D, a process of its own: DuckDB writes a table of a file as Parquet, with all threads, and tells how
 * long that took.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import type { Told } from './publish-task.js';

const [database = '', columns = '', parquet = ''] = process.argv.slice(2);
const instance = await DuckDBInstance.create(database, { access_mode: 'READ_ONLY' });
const connection = await instance.connect();
const before = process.cpuUsage();
const started = performance.now();
await connection.run(`COPY (SELECT ${columns} FROM records) TO '${parquet.replaceAll("'", "''")}'`);
const seconds = [(performance.now() - started) / 1000];
const { user, system } = process.cpuUsage(before);
connection.closeSync();
instance.closeSync();
const told: Told = {
  seconds,
  cpu_s: (user + system) / 1e6,
  rss_mb: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(told)}\n`);
