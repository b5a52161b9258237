/** The sources.yml of loaded tables for dbt, with the adapters dbt-duckdb and dbt-postgres. Pure. */
import { postgresColumnNames, postgresName, postgresTypeOf } from '../table/postgres-types.js';
import { referredTable, type SchemaColumn, type SchemaTable } from '../table/schema.js';
import { distinct } from './exported.js';
import { type YamlValue, yamlLines } from './yaml.js';

/** How sources are described. */
export interface DbtOptions {
  /** The database that dbt reads. */
  readonly dialect: 'duckdb' | 'postgres';
  /** The age from which `dbt source freshness` fails, in milliseconds. Absent: it checks none. */
  readonly max_age_ms?: number | undefined;
}

/** A loaded table, and what it is called for dbt and in its database. */
interface Source {
  readonly table: SchemaTable;
  readonly source: string;
  readonly name: string;
  readonly schema: string;
  readonly identifier: string;
  /** Names of its columns in the database, by those of the schema. */
  readonly columns: ReadonlyMap<SchemaColumn, string>;
}

/**
 * Describes loaded tables: a source for each schema, with descriptions; `unique` and `not_null` on keys;
 * `relationships` from references, as warnings, since Xano checks none; the time of the last load. Needs dbt
 * 1.10.5 or newer.
 */
export function toDbtSources(tables: readonly SchemaTable[], options: DbtOptions): string {
  const sources = named(tables, options);
  const by_source = new Map<string, Source[]>();
  for (const source of sources)
    by_source.set(source.source, [...(by_source.get(source.source) ?? []), source]);
  const document: YamlValue = {
    version: 2,
    sources: [...by_source].map(([name, of]) => ({
      name,
      schema: plain(of[0]!.schema),
      tables: of.map((source) => tableOf(source, sources, options)),
    })),
  };
  return ['# Written by `xano export dbt`. Needs dbt 1.10.5 or newer.', ...yamlLines(document), ''].join(
    '\n',
  );
}

function named(tables: readonly SchemaTable[], { dialect }: DbtOptions): Source[] {
  const inDatabase = (name: string): string => (dialect === 'postgres' ? postgresName(name) : name);
  const schemas = [...new Set(tables.map(({ schema }) => schema ?? ''))];
  const names = distinct(schemas.map(dbtName));
  return schemas.flatMap((schema, i) => {
    const own = tables.filter((table) => (table.schema ?? '') === schema);
    const identifiers = own.map(({ table }) => table.slice(schema.length + 1));
    const sources = distinct(identifiers.map(dbtName));
    return own.map((table, nth) => {
      const columns = (table.columns ?? []).filter(({ column }) => column !== null);
      const stored = columns.map(({ column }) => column ?? '');
      const there = dialect === 'postgres' ? postgresColumnNames(stored) : stored;
      return {
        table,
        source: names[i]!,
        name: sources[nth]!,
        schema: inDatabase(schema),
        identifier: inDatabase(identifiers[nth]!),
        columns: new Map(columns.map((column, at) => [column, there[at]!])),
      };
    });
  });
}

/** A name that needs no quotes anywhere. */
const dbtName = (name: string): string => {
  const safe = name.toLowerCase().replace(/[^a-z0-9_]/g, '_');
  return /^[a-z_]/.test(safe) ? safe : `_${safe}`;
};

function tableOf(source: Source, all: readonly Source[], options: DbtOptions): YamlValue {
  const { table, name, identifier, columns } = source;
  return {
    name,
    identifier: identifier === name ? undefined : plain(identifier),
    description: table.description === '' ? undefined : plain(table.description),
    config: {
      loaded_at_query: plain(loadedAt(table)),
      freshness: options.max_age_ms === undefined ? undefined : { error_after: span(options.max_age_ms) },
    },
    columns: [...columns].map(([column, stored]) => columnOf(column, stored, source, all, options)),
  };
}

/**
 * Selects the time of the last load of a table; a table of lists is loaded with the one that contains them.
 */
function loadedAt({ schema, table, parent = table }: SchemaTable): string {
  const name = parent.slice((schema ?? '').length + 1);
  return `select max(loaded_at) from _xano.resources where target_schema = ${literal(schema ?? '')} and target_table = ${literal(name)}`;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Whole minutes, or hours where they are whole. */
function span(ms: number): YamlValue {
  const minutes = Math.max(1, Math.ceil(ms / 60_000));
  return minutes % 60 === 0 ? { count: minutes / 60, period: 'hour' } : { count: minutes, period: 'minute' };
}

function columnOf(
  column: SchemaColumn,
  stored: string,
  { table }: Source,
  all: readonly Source[],
  { dialect }: DbtOptions,
): YamlValue {
  const tests = [...keyTests(column, table), ...referenceTests(column, all)];
  const type = column.type ?? '';
  return {
    name: plain(stored),
    // Tests would take a name of other characters, or of a word of SQL, for something else.
    quote: tests.length === 0 ? undefined : true,
    description: column.description === '' ? undefined : plain(column.description),
    data_type: plain(dialect === 'postgres' ? postgresTypeOf(type) : type),
    data_tests: tests.length === 0 ? undefined : tests,
  };
}

/** Each column of a key has values; one alone also has each once. */
function keyTests({ name }: SchemaColumn, { primary_key }: SchemaTable): YamlValue[] {
  if (!primary_key.includes(name)) return [];
  return primary_key.length === 1 ? ['unique', 'not_null'] : ['not_null'];
}

function referenceTests({ references, type }: SchemaColumn, all: readonly Source[]): YamlValue[] {
  if (references === null || type?.endsWith(']') === true) return [];
  const found = referredTable(
    references,
    all.map(({ table }) => table),
  );
  const to = all.find(({ table }) => table === found);
  const key = to?.table.primary_key ?? [];
  const field = [...(to?.columns ?? [])].find(([{ name }]) => name === key[0])?.[1];
  if (to === undefined || key.length !== 1 || field === undefined) return [];
  return [
    {
      relationships: {
        arguments: {
          to: `source('${to.source}', '${to.name}')`,
          field: plain(/^[a-z_][a-z0-9_]*$/.test(field) ? field : `"${field.replaceAll('"', '""')}"`),
        },
        config: { severity: 'warn' },
      },
    },
  ];
}

/** A text from outside, which dbt would otherwise run as a template. */
const plain = (text: string): string => text.replace(/\{(?=[{%#])/g, "{{ '{' }}");
