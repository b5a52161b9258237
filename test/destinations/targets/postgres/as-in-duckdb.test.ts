/**
 * The same loads into a Postgres database and into a DuckDB file end with the same tables, and report the
 * same.
 */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Destination } from '../../../../src/destinations/destination.js';
import { quote } from '../../../../src/destinations/engine/sql.js';
import { openDestination, queryFile, readSchema } from '../../../../src/destinations/open.js';
import { postgresColumnNames, postgresName } from '../../../../src/table/postgres-types.js';
import { describePostgres } from '../../../servers/postgres.js';
import { plan, publication, records, tempFolder } from '../../writing.js';
import { FIRST, json, type Load, NESTED, of, SECOND, SEQUENCES, THIRD } from './load-sequences.js';
import { postgresPlace } from './place.js';

async function publish(
  destination: Destination,
  { rows, told = {}, ...more }: Load,
  n: number,
): Promise<unknown> {
  const of = plan({ load_id: `load-${n}`, fingerprint: `f${n}`, ...more });
  const writer = await destination.openTarget(of);
  try {
    await writer.write(records(rows, [], of.target.columns), null);
    await writer.staged();
    return await writer.commit({ ...publication(of.load_id), ...told });
  } catch (thrown) {
    await writer.abort({ keep: false });
    return thrown instanceof Error ? thrown.message : thrown;
  }
}

/** A value of either place: JSON by what it means, times only by whether there is one. */
function common(name: string, value: unknown): unknown {
  if (name === '_xano_deleted_at') return value === null ? undefined : true;
  if (typeof value !== 'string' || !/^[[{"]/.test(value)) return value;
  try {
    return content(JSON.parse(value));
  } catch {
    return value;
  }
}

/** JSON as it counts: STRUCTs have every key. */
function content(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(content);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([name, inner]) => [name, content(inner)]));
}

/**
 * All tables of a place, by their names in Postgres: their rows without an order, each column by its name
 * there.
 */
async function tables(to: string): Promise<unknown> {
  const isPostgres = to.startsWith('postgres:');
  const all: (readonly [string, unknown])[] = [];
  for (const { schema, table, columns } of await readSchema(to)) {
    const name = table.slice(`${schema}.`.length);
    const at = quote(schema!, isPostgres ? postgresName(name) : name);
    const { rows } = await queryFile(to, `SELECT * FROM ${at}`);
    const texts = rows.map((row) => {
      const names = isPostgres ? Object.keys(row) : postgresColumnNames(Object.keys(row));
      const values = Object.values(row).map((value, i) => [names[i]!, common(names[i]!, content(value))]);
      // A row that did not change keeps the id of its load in Postgres.
      return JSON.stringify(
        values.filter(([one, value]) => one !== '_xano_load_id' && value !== undefined).toSorted(),
      );
    });
    all.push([
      quote(schema!, postgresName(name)),
      { columns: (columns ?? []).map((one) => one.column).toSorted(), rows: texts.toSorted() },
    ]);
  }
  return Object.fromEntries(all);
}

/** Runs loads into both, and compares after each. */
async function compare(loads: readonly Load[]): Promise<void> {
  const place = await postgresPlace();
  const file = join(tempFolder(), 'shop.duckdb');
  const reference = await openDestination(file, { now: () => 0, sleep: async () => {} });
  const destination = await place.open();
  onTestFinished(() => destination.close());
  const published: unknown[] = [];
  const expected: unknown[] = [];
  for (const [i, load] of loads.entries()) {
    const told = await publish(destination, load, i + 1);
    // DuckDB holds every name as it is.
    published.push(typeof told === 'object' ? { ...told, names_changed: undefined } : told);
    expected.push(await publish(reference, load, i + 1));
  }
  await reference.close();
  expect(expected.filter((one) => typeof one === 'string')).toEqual([]);
  expect(published).toEqual(expected);
  expect(await tables(place.to)).toEqual(await tables(file));
}

describePostgres('a Postgres database and a DuckDB file', () => {
  it.each(NESTED)('hold the same after loads with %s', async (_, more) => {
    const how = { ...more, ...json };
    const { flatten: __, nested: ___, ...plain } = how;
    await compare([
      { ...how, rows: FIRST },
      { ...how, rows: SECOND, told: { complete_ranges: [{ after: '2' }] } },
      { ...how, rows: SECOND },
      { ...how, rows: THIRD },
      { ...plain, rows: of(['{"items":[1]}'], 2) },
      { ...how, rows: FIRST },
    ]);
  });

  it.each(SEQUENCES)('hold the same after %s', async (_, loads) => {
    await compare(loads);
  });
});
