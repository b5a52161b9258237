/** Readers of a table while it is replaced: each finds all rows of one load, and none waits. */
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import type { Column } from '../../../../src/table/column.js';
import { describePostgres, rows } from '../../../servers/postgres.js';
import { publish, using } from '../../conformance/place.js';
import { column, ID_NAME, plan } from '../../writing.js';
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

  it('find the old rows at once while the rows of a new column come, and the column empty', async () => {
    const place = await postgresPlace();
    const shop = (load: number, ...more: readonly Column[]) =>
      plan({ load_id: `load-${load}`, target: { columns: [...ID_NAME, ...more] } });
    await using(place, (destination) => publish(destination, shop(1), [{ id: 1, name: 'old' }]));
    const [owner, reader] = [new pg.Client(place.to), new pg.Client(place.to)];
    await Promise.all([owner.connect(), reader.connect()]);
    onTestFinished(() => Promise.all([owner.end(), reader.end()]).then(() => {}));
    // The publication waits here for as long as the owner wants.
    await owner.query(`SELECT pg_advisory_lock(42);
      CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END $$;
      CREATE TRIGGER wait AFTER UPDATE ON xano_data.shop FOR EACH STATEMENT EXECUTE FUNCTION public.wait()`);
    await using(place, async (destination) => {
      const loading = publish(destination, shop(2, column('later', 'VARCHAR')), [
        { id: 1, name: 'new', later: 'x' },
      ]);
      const waits =
        "SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()";
      while ((await owner.query(waits)).rowCount === 0);
      await reader.query(`SET lock_timeout = ${LONGEST_MS}`);
      const before = await reader.query('SELECT id, name, to_jsonb(s) AS row FROM xano_data.shop s');
      await owner.query('SELECT pg_advisory_unlock(42)');
      expect(before.rows.map(({ row }: { row: unknown }) => row)).toEqual([
        { id: 1, name: 'old', later: null, _xano_load_id: 'load-1' },
      ]);
      await loading;
    });
    expect(await rows(place.to, 'SELECT * FROM xano_data.shop')).toEqual([
      { id: '1', name: 'new', later: 'x', _xano_load_id: 'load-2' },
    ]);
  });

  it('wait no longer than 250 ms behind a new column that waits for a long query', async () => {
    const place = await postgresPlace();
    const shop = (load: number, ...more: readonly Column[]) =>
      plan({ load_id: `load-${load}`, target: { columns: [...ID_NAME, ...more] } });
    await using(place, (destination) => publish(destination, shop(1), [{ id: 1, name: 'old' }]));
    const [slow, reader] = [new pg.Client(place.to), new pg.Client(place.to)];
    await Promise.all([slow.connect(), reader.connect()]);
    onTestFinished(() => Promise.all([slow.end(), reader.end()]).then(() => {}));
    await slow.query('BEGIN; SELECT FROM xano_data.shop');
    await reader.query(`SET lock_timeout = ${LONGEST_MS}`);
    await using(place, async (destination) => {
      const columns = [column('later', 'VARCHAR')];
      const loading = publish(destination, shop(2, ...columns), [{ id: 1, name: 'new', later: 'x' }]);
      const waits =
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
      for (let seen = 0; seen < 2; )
        if ((await reader.query(waits)).rowCount! > 0) {
          seen++;
          const found = await reader.query('SELECT id, name FROM xano_data.shop');
          expect(found.rows).toEqual([{ id: '1', name: 'old' }]);
        }
      await slow.query('COMMIT');
      await loading;
    });
    expect(await rows(place.to, 'SELECT id, name, later FROM xano_data.shop')).toEqual([
      { id: '1', name: 'new', later: 'x' },
    ]);
  });
});
