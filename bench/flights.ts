/**
 * Real data: the three million flights that come with the npm package vega-datasets, as records with an id.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Facts, type Gaps, idAt } from './sets.js';

/**
 * Writes the first so many flights as NDJSON and says what they add up to, counted in the Parquet file
 * itself.
 */
export async function writeFlights(file: string, rows: number, gaps: Gaps): Promise<Facts> {
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  const source = join(dirname(entry), '../data/flights-3m.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  // The ids are those of idAt, spelled once more in SQL; the sum below would tell a difference.
  const gap = { none: '0', some: 'place // 97 * 10', wide: 'place // 50000 * 200000' }[gaps];
  const places = `SELECT *, row_number() OVER () - 1 AS place FROM '${source.replaceAll("'", "''")}' LIMIT ${rows}`;
  await connection.run(
    `COPY (SELECT ${idAt(0, gaps)} + place + ${gap} AS id, epoch_ms(date) AS date, delay, distance, origin, destination FROM (${places})) TO '${file.replaceAll("'", "''")}' (FORMAT json)`,
  );
  const counted = await connection.runAndReadAll(
    `SELECT count(*)::DOUBLE AS rows, sum(distance)::DOUBLE AS distance, sum(delay)::DOUBLE AS delay, sum(length(origin))::DOUBLE AS letters FROM (${places})`,
  );
  connection.closeSync();
  instance.closeSync();
  const [found] = counted.getRowObjects() as [Record<string, number>];
  let ids = 0;
  for (let place = 0; place < found['rows']!; place++) ids += idAt(place, gaps);
  return {
    rows: found['rows']!,
    distinct_ids: found['rows']!,
    ids,
    distance: found['distance']!,
    delay: found['delay']!,
    letters: found['letters']!,
  };
}
