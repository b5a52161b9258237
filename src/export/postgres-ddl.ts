/**
 * A schema as the statements that make it in Postgres: tables, primary keys, checks of enums, comments, and
 * foreign keys at the end. Pure.
 */
import {
  POSTGRES_NAME_BYTES,
  postgresColumnNames,
  postgresNames,
  postgresTypeOf,
} from '../table/postgres-types.js';
import { referredTable, type SchemaColumn, type SchemaTable } from '../table/schema.js';
import { identifier, literal } from './postgres-sql.js';

/** What the statements are for. */
export interface PostgresDdlOptions {
  /** The schema for the tables of a workspace; loaded tables keep theirs. */
  readonly schema: string;
  /** Some of the tables; default all. A name does not depend on which ones are chosen. */
  readonly chosen?: readonly SchemaTable[];
}

/** A column that Postgres gets. */
interface Made {
  readonly source: SchemaColumn;
  readonly name: string;
  readonly type: string;
}

/** A table with its names in Postgres. */
interface Planned {
  readonly source: SchemaTable;
  readonly schema: string;
  readonly name: string;
  /** Of the index of the primary key, which shares its names with tables. */
  readonly key_name: string;
  readonly columns: readonly Made[];
  /** The columns of the primary key; empty where Postgres cannot have it. */
  readonly key: readonly Made[];
}

/**
 * The statements for some of the tables of a schema, one after the other, in an order in which an empty
 * database runs them. The same tables give the same text. Comments in it name what is left out: passwords,
 * tables whose columns may not be seen, keys and references that Postgres cannot have, names that were cut.
 */
export function toPostgresDdl(
  all: readonly SchemaTable[],
  { schema, chosen = all }: PostgresDdlOptions,
): string {
  const wanted = new Set(chosen);
  const planned = plan(all, schema);
  const shown = planned.filter(({ source }) => wanted.has(source));
  const made = shown.filter(({ source }) => source.columns !== null);
  const schemas = [...new Set(made.map((table) => table.schema))];
  const parts = [
    HEADER,
    ...(schemas.length === 0
      ? []
      : [schemas.map((name) => `CREATE SCHEMA IF NOT EXISTS ${identifier(name)};`)]),
    ...shown.map(statementsOf),
    ...referencesOf(made, planned),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const HEADER = [
  '-- Tables for Postgres, from the schema that xano knows.',
  '-- Without defaults, NOT NULL and further indexes.',
];

function plan(all: readonly SchemaTable[], schema: string): Planned[] {
  const schemas = [...new Set(all.map((table) => table.schema ?? schema))];
  const schema_names = postgresNames(schemas);
  const names = new Map<SchemaTable, readonly [name: string, key_name: string]>();
  for (const one of schemas) {
    const within = all.filter((table) => (table.schema ?? schema) === one);
    const own = within.map(nameOf);
    // Tables come first: a key's name gives way to the name of a table.
    const both = postgresNames([...own, ...own.map((name) => `${name}_pkey`)]);
    for (const [i, table] of within.entries()) names.set(table, [both[i]!, both[within.length + i]!]);
  }
  return all.map((source) => {
    const [name, key_name] = names.get(source)!;
    const columns = columnsOf(source);
    return {
      source,
      schema: schema_names[schemas.indexOf(source.schema ?? schema)]!,
      name,
      key_name,
      columns,
      key: keyOf(source, columns),
    };
  });
}

/** What a table is called within its schema. */
const nameOf = ({ schema, table }: SchemaTable): string =>
  schema === null ? table : table.slice(schema.length + 1);

function columnsOf({ columns }: SchemaTable): Made[] {
  const loaded = (columns ?? []).filter(({ column }) => column !== null);
  const names = postgresColumnNames(loaded.map(({ column }) => column!));
  return loaded.map((source, i) => ({
    source,
    name: names[i]!,
    type: postgresTypeOf(source.type ?? 'JSON'),
  }));
}

/** Postgres cannot compare values of `json`, so that none is in a key. */
function keyOf({ primary_key }: SchemaTable, columns: readonly Made[]): Made[] {
  const found = primary_key.map((name) => columns.find(({ source }) => source.name === name));
  const key = found.filter((made) => made !== undefined && !made.type.startsWith('json'));
  return key.length === primary_key.length ? (key as Made[]) : [];
}

function statementsOf(table: Planned): string[] {
  const { source, schema, name, columns, key, key_name } = table;
  if (source.columns === null)
    return [`-- Table ${identifier(source.name)} is left out: its columns may not be seen.`];
  const full = identifier(schema, name);
  const names = (made: readonly Made[]): string => made.map((one) => identifier(one.name)).join(', ');
  const parts = [
    ...columns.map((made) => `${identifier(made.name)} ${made.type}${checkOf(made)}`),
    ...(key.length === 0 ? [] : [`CONSTRAINT ${identifier(key_name)} PRIMARY KEY (${names(key)})`]),
  ];
  return [
    ...remarksOn(table),
    `CREATE TABLE ${full} (${parts.map((part) => `\n  ${part}`).join(',')}\n);`,
    ...(source.description === '' ? [] : [`COMMENT ON TABLE ${full} IS ${literal(source.description)};`]),
    ...columns
      .filter((made) => made.source.description !== '')
      .map(
        (made) =>
          `COMMENT ON COLUMN ${identifier(schema, name, made.name)} IS ${literal(made.source.description)};`,
      ),
  ];
}

/**
 * The values that an enum may have. Its rows hold the empty text where they have no value, as every text of
 * Xano may.
 */
function checkOf({ source: { values }, name, type }: Made): string {
  if (values === null || values.length === 0) return '';
  if (type === 'text[]')
    return ` CHECK (${identifier(name)} <@ ARRAY[${values.map(literal).join(', ')}]::text[])`;
  const all = values.includes('') ? values : [...values, ''];
  return ` CHECK (${identifier(name)} IN (${all.map(literal).join(', ')}))`;
}

/** What a table lacks, or calls otherwise, as comments. */
function remarksOn({ source, name, columns, key }: Planned): string[] {
  const left = (source.columns ?? []).filter(({ column }) => column === null);
  const key_names = source.primary_key.map((one) => identifier(one)).join(', ');
  return [
    ...renamed('Table', source.name, nameOf(source), name),
    ...columns.flatMap((made) => renamed('Column', made.source.name, made.source.column!, made.name)),
    ...left.map(
      (one) => `-- Column ${identifier(one.name)} is left out: xano does not load ${one.xano_type} columns.`,
    ),
    ...(source.primary_key.length > key.length
      ? [`-- The primary key (${key_names}) is left out: a column is missing, or is JSON.`]
      : []),
  ];
}

/** Says that a name is another one here: `stored` is what a DuckDB file calls it. */
function renamed(noun: string, source: string, stored: string, name: string): string[] {
  if (name === source) return [];
  const reason = Buffer.byteLength(stored) > POSTGRES_NAME_BYTES ? ': Postgres takes 63 bytes' : '';
  return [`-- ${noun} ${identifier(source)} is called ${identifier(name)}${reason}.`];
}

/** Foreign keys, after all tables; those that Postgres cannot have, or that lack their table, as comments. */
function referencesOf(made: readonly Planned[], planned: readonly Planned[]): string[][] {
  const all = planned.map(({ source }) => source);
  const tables = new Map<SchemaTable | undefined, Planned>(planned.map((table) => [table.source, table]));
  const there = new Set(made);
  const lines = made.flatMap((table) =>
    table.columns.flatMap((column) => {
      const { references } = column.source;
      return references === null
        ? []
        : referenceOf(table, column, {
            id: references.table_id,
            table: tables.get(referredTable(references, all)),
            there,
          });
    }),
  );
  return lines.length === 0 ? [] : [[...REFERENCES, ...lines]];
}

const REFERENCES = [
  '-- Xano does not check references. Copy the rows before you run these statements. Each fails if a',
  '-- value names a row that does not exist, such as 0; with NOT VALID at its end it checks new rows only.',
];

/** What a column refers to. */
interface Referred {
  readonly id: number;
  /** Undefined where the workspace has no such table, the token may not see it, or it is not loaded. */
  readonly table: Planned | undefined;
  /** The tables that are made. */
  readonly there: ReadonlySet<Planned>;
}

function referenceOf(table: Planned, column: Made, { id, table: target, there }: Referred): string[] {
  const begin = `-- ${identifier(table.name, column.name)} refers to`;
  if (target === undefined)
    return [
      `${begin} table ${id}, which is not ${table.source.schema === null ? 'part of the workspace' : 'loaded'}.`,
    ];
  const to = identifier(target.name);
  if (target.source.columns === null) return [`${begin} ${to}, whose columns may not be seen.`];
  if ((column.source.xano_type ?? column.source.type)?.endsWith('[]') === true)
    return [`${begin} rows of ${to}: Postgres has no foreign keys for lists.`];
  const [key] = target.key;
  if (key === undefined || target.key.length > 1) return [`${begin} ${to}, which has no primary key here.`];
  if (key.type !== column.type)
    return [`${begin} ${to}: it is ${column.type}, and the primary key there is ${key.type}.`];
  const statement = `ALTER TABLE ${identifier(table.schema, table.name)} ADD FOREIGN KEY (${identifier(column.name)}) REFERENCES ${identifier(target.schema, target.name)} (${identifier(key.name)});`;
  return there.has(target)
    ? [statement]
    : [`${begin} ${to}, which is not among the tables here:`, `-- ${statement}`];
}
