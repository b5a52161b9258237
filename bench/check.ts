/** Whether a database holds what was served. No time is told of a run that does not pass. */
import { DuckDBInstance } from '@duckdb/node-api';
import { type Facts, SETS, type SetName } from './sets.js';

/** The query that adds up tables of one kind, under the names of {@link Facts}. */
export function factsQuery(set: SetName, tables: readonly string[]): string {
  const checks = Object.entries(SETS[set].checks).map(([name, sql]) => `(${sql})::DOUBLE AS ${name}`);
  const columns = SETS[set].columns.filter(({ stored }) => !/JSON|TIMESTAMPTZ|\[\]/.test(stored));
  const all = tables.map((table) => `SELECT ${columns.map(({ name }) => name).join(', ')} FROM ${table}`);
  return `SELECT ${checks.join(', ')} FROM (${all.join(' UNION ALL ')})`;
}

/** Throws where tables of a database do not add up to these facts. */
export async function assertFacts(
  database: string,
  set: SetName,
  tables: readonly string[],
  expected: Facts,
): Promise<void> {
  const instance = await DuckDBInstance.create(database, { access_mode: 'READ_ONLY' });
  try {
    const connection = await instance.connect();
    const result = await connection.runAndReadAll(factsQuery(set, tables));
    connection.closeSync();
    assertSame(result.getRowObjects()[0] as Facts, expected, database);
  } finally {
    instance.closeSync();
  }
}

/** Throws where two sums of the same records differ. */
export function assertSame(found: Facts, expected: Facts, where: string): void {
  const wrong = Object.entries(expected).filter(([name, value]) => found[name] !== value);
  if (wrong.length === 0) return;
  const said = wrong.map(([name, value]) => `${name} is ${found[name]}, not ${value}`).join('; ');
  throw new Error(`${where} does not hold what was served: ${said}`);
}
