/**
 * Floor A, a process of its own: DuckDB reads records from a file of NDJSON into a typed table in a new
 * database. Nothing that brings the same records over a network into the same table can be expected to be
 * much faster.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { SETS, type SetName, storedExpression } from './sets.js';

const [set, file, database, threads] = process.argv.slice(2) as [SetName, string, string, string?];
const { columns } = SETS[set];
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const read = columns.map(({ name, read }) => `${quoted(name)}: ${quoted(read)}`).join(', ');

const instance = await DuckDBInstance.create(database, threads === undefined ? {} : { threads });
const connection = await instance.connect();
await connection.run(`CREATE SCHEMA xano_data`);
await connection.run(
  `CREATE TABLE xano_data.${set} (${columns.map(({ name, stored }) => `"${name}" ${stored}`).join(', ')})`,
);
await connection.run(
  `INSERT INTO xano_data.${set} SELECT ${columns.map(storedExpression).join(', ')} FROM read_json(${quoted(file)}, format = 'newline_delimited', columns = {${read}})`,
);
connection.closeSync();
instance.closeSync();
