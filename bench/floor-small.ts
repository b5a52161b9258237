/**
 * The floor of many small tables, a process of its own: DuckDB makes the same typed tables, with a comment
 * and a row of state each, in one transaction, from a file of NDJSON.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { SETS, type SetName, storedExpression } from './sets.js';

const [set, file, database, tables, rows] = process.argv.slice(2) as [
  SetName,
  string,
  string,
  string,
  string,
];
const { columns } = SETS[set];
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const read = columns.map(({ name, read }) => `${quoted(name)}: ${quoted(read)}`).join(', ');
const each = Math.ceil(Number(rows) / Number(tables));
const types = columns.map(({ name, stored }) => `"${name}" ${stored}`).join(', ');

const instance = await DuckDBInstance.create(database);
const connection = await instance.connect();
await connection.run('BEGIN');
await connection.run('CREATE SCHEMA xano_data; CREATE SCHEMA _xano');
await connection.run(
  'CREATE TABLE _xano.resources (name VARCHAR, rows BIGINT, columns JSON, loaded_at TIMESTAMPTZ)',
);
await connection.run(
  `CREATE TEMP TABLE all_rows AS SELECT row_number() OVER () AS place, * FROM read_json(${quoted(file)}, format = 'newline_delimited', columns = {${read}})`,
);
for (let nth = 0; nth < Number(tables); nth++) {
  const table = `xano_data.${set}_${nth + 1}`;
  await connection.run(
    [
      `CREATE TABLE ${table} (${types})`,
      `INSERT INTO ${table} SELECT ${columns.map(storedExpression).join(', ')} FROM all_rows WHERE place > ${nth * each} AND place <= ${(nth + 1) * each}`,
      `COMMENT ON TABLE ${table} IS 'Table ${nth + 1}'`,
      `INSERT INTO _xano.resources SELECT '${table}', count(*), NULL, now() FROM ${table}`,
    ].join('; '),
  );
}
await connection.run('COMMIT');
connection.closeSync();
instance.closeSync();
