/** Polars and pyarrow read a Parquet folder as DuckDB does, value by value, after a merge. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openPeer } from './peer.js';

it('gives Polars and pyarrow the values that DuckDB reads, of a whole table and of partitions', async () => {
  const { desk, python } = await openPeer();
  const to = `${desk.path('out')}/`;
  const flags = ['--incremental', 'created_at', '--partition-by', 'orders=month(created_at)', '--quiet'];
  // The merge gives the rows of the append a column, and reads few of them again.
  for (const how of ['append', 'merge']) {
    const argv = ['load', 'every_type', 'orders', '--to', to, '--write-disposition', how, ...flags];
    const { status, stderr } = await desk.run(argv);
    expect([status, stderr]).toEqual([0, '']);
  }
  await python(join(import.meta.dirname, 'parquet_values.py'), to, 'every_type', 'orders');
});
