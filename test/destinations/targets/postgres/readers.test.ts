/** Readers of a table while it is replaced: each finds all rows of one load, and none waits. */
import pg from 'pg';
import { expect, it } from 'vitest';
import { describePostgres, rows } from '../../../servers/postgres.js';
import { publish, using } from '../../conformance/place.js';
import { column, plan } from '../../writing.js';
import { postgresPlace } from './place.js';

const ROWS = 4_000;
const LOADS = 10;
/**
 * The longest that a lock may keep a reader waiting, in milliseconds: the server refuses the query that waits
 * longer.
 */
const LONGEST_MS = 250;

const COLUMNS = [column('id', 'BIGINT'), column('load', 'BIGINT'), column('text', 'VARCHAR')];

/** Rows of a load: half of the ids are those of the load before, and each row names its load. */
const rowsOfLoad = (load: number): readonly object[] =>
  Array.from({ length: ROWS }, (_, i) => ({
    id: i + 1 + (load * ROWS) / 2,
    load,
    text: `row ${i} of ${load} ${'x'.repeat(100)}`,
  }));

/** What a reader found in one table: how many loads rows are of, and how many rows there are. */
const READ = 'SELECT min(load) AS load, count(DISTINCT load) AS loads, count(*) AS n FROM xano_data.';

interface Reading {
  readonly table: string;
  readonly found: object;
}

/** Reads until it is stopped, on a connection of its own. */
async function readInALoop(
  url: string,
  tables: readonly string[],
  isOver: () => boolean,
): Promise<Reading[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`SET lock_timeout = ${LONGEST_MS}`);
  const readings: Reading[] = [];
  while (!isOver())
    for (const table of tables) {
      const { rows: found } = await client.query<object>(`${READ}"${table}"`);
      readings.push({ table, found: found[0]! });
    }
  await client.end();
  return readings;
}

describePostgres('readers of tables that are replaced', () => {
  it('never find a mix, and no lock keeps them waiting for 250 ms', async () => {
    const place = await postgresPlace();
    const of = (name: string, load: number) =>
      plan({
        identity: `host/${name}`,
        resource: name,
        origin: { name },
        load_id: `load-${load}`,
        target: { name, columns: COLUMNS, primary_key: name === 'keyed' ? ['id'] : [] },
      });
    const tables = ['keyed', 'unkeyed'];
    let isOver = false;
    const readings = await using(place, async (destination) => {
      const load = async (n: number) => {
        for (const name of tables) await publish(destination, of(name, n), rowsOfLoad(n));
      };
      await load(0);
      const reading = readInALoop(place.to, tables, () => isOver);
      for (let n = 1; n <= LOADS; n++) await load(n);
      isOver = true;
      return reading;
    });
    const whole = Array.from({ length: LOADS + 1 }, (_, n) => ({
      load: String(n),
      loads: '1',
      n: String(ROWS),
    }));
    for (const name of tables) {
      const own = readings.filter(({ table }) => table === name);
      const distinct = [...new Set(own.map(({ found }) => JSON.stringify(found)))].map(
        (text) => JSON.parse(text) as object,
      );
      expect(whole).toEqual(expect.arrayContaining(distinct));
      // Otherwise nobody read while rows changed.
      expect(distinct.length).toBeGreaterThan(2);
    }
    expect(await rows(place.to, 'SELECT count(*) AS n FROM xano_data.keyed')).toEqual([{ n: String(ROWS) }]);
  });
});
