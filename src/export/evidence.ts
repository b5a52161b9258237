/** An Evidence project of loaded tables: a connection, a query and a page for each. Pure. */
import type { SchemaTable } from '../table/schema.js';
import { distinct } from './exported.js';
import { type YamlValue, yamlLines } from './yaml.js';

/** A file below the folder of the project, with slashes in its name. */
export interface ProjectFile {
  readonly file: string;
  readonly text: string;
}

/** Where Evidence reads: the options of its connection, without a password. */
export interface EvidenceConnection {
  readonly type: 'duckdb' | 'postgres';
  readonly options: Readonly<Record<string, string | number>>;
}

/** A loaded table, and the SQL of its rows. */
export interface EvidenceTable {
  readonly table: SchemaTable;
  readonly sql: string;
}

/** The name of the source, and of its folder. */
const SOURCE = 'xano';
/** Rows that a page shows. */
const SHOWN = 1_000;

/** Makes the files of a project. */
export function toEvidence(tables: readonly EvidenceTable[], connection: EvidenceConnection): ProjectFile[] {
  const names = distinct(tables.map(({ table }) => queryName(table)));
  const settings: YamlValue = { name: SOURCE, ...connection };
  return [
    { file: `sources/${SOURCE}/connection.yaml`, text: `${yamlLines(settings).join('\n')}\n` },
    ...tables.flatMap(({ table, sql }, i): ProjectFile[] => [
      { file: `sources/${SOURCE}/${names[i]}.sql`, text: `${sql}\n` },
      { file: `pages/tables/${names[i]}.md`, text: pageOf(table, names[i]!) },
    ]),
  ];
}

/** A name that is one of SQL, of a file and of a variable. */
function queryName({ schema, table }: SchemaTable): string {
  const full = schema === 'xano_data' ? table.slice(schema.length + 1) : table;
  const safe = full.toLowerCase().replace(/[^a-z0-9_]/g, '_');
  return /^[a-z]/.test(safe) ? safe : `t_${safe}`;
}

function pageOf({ table, description }: SchemaTable, name: string): string {
  const text = asText(description);
  return [
    '---',
    ...yamlLines({ title: table }),
    '---',
    '',
    ...(text === '' ? [] : [text, '']),
    '```sql counted',
    `select count(*) as all_rows from ${SOURCE}.${name}`,
    '```',
    '',
    '<Value data={counted} column=all_rows /> rows',
    '',
    '```sql first_rows',
    `select * from ${SOURCE}.${name} limit ${SHOWN}`,
    '```',
    '',
    '<DataTable data={first_rows} search=true />',
    '',
  ].join('\n');
}

/** A text of somebody else on a page: neither Markdown, nor HTML, nor an expression of Svelte. */
function asText(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.replace(/[^\p{L}\p{N} .,;:'?-]/gu, (sign) => `&#${sign.codePointAt(0)};`);
}
