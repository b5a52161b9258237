/** SQL that gives a table of Postgres the columns, types, comments and key that rows need. Pure. */
import { literal, quote } from '../../../engine/sql.js';
import type { PostgresColumn, Relation } from '../mirror/mirror.js';

/** A description as the source has it now, and as the load before had it. */
export interface Described {
  readonly now: string | undefined;
  readonly before: string | undefined;
}

/** A column as it is to be. */
export interface WantedColumn {
  readonly name: string;
  /** As Postgres lists types: `timestamp with time zone`. */
  readonly type: string;
  readonly description: string | undefined;
  /** The description that an earlier load gave it. */
  readonly described: string | undefined;
  /** Whether a new table refuses NULL in it: a primary key that is added later need not look for one. */
  readonly is_key?: boolean;
}

/** How Postgres lists the types that this program makes. */
const LISTED: Readonly<Record<string, string>> = { timestamptz: 'timestamp with time zone' };

/** A type as Postgres lists it. */
export const listedType = (type: string): string => {
  const [, element = type, list = ''] = /^(.*?)((?:\[\])?)$/.exec(type) ?? [];
  return `${LISTED[element] ?? element}${list}`;
};

/** Makes a new table. */
export function createTable(table: string, columns: readonly WantedColumn[], how = ''): string {
  const list = columns
    .map(({ name, type, is_key }) => `${quote(name)} ${type}${is_key === true ? ' NOT NULL' : ''}`)
    .join(', ');
  return `CREATE ${how}TABLE ${table} (${list})`;
}

/** What a conversion of old values is written with. */
export interface Conversion {
  /** `pg_input_is_valid` is there: Postgres 16 and later. */
  readonly can_validate: boolean;
}

/** Statements that add the columns that are missing, and change the types of others. */
export function alterColumns(
  table: string,
  { columns: there }: Relation,
  wanted: readonly WantedColumn[],
  conversion: Conversion,
): string[] {
  const types = new Map(there.map(({ name, type }) => [name, type]));
  const steps = wanted.flatMap(({ name, type }) => {
    const old = types.get(name);
    if (old === undefined) return [`ADD COLUMN ${quote(name)} ${type}`];
    if (old === type) return [];
    return [`ALTER COLUMN ${quote(name)} TYPE ${type} USING ${converted(quote(name), type, conversion)}`];
  });
  // One statement rewrites the table once.
  return steps.length === 0 ? [] : [`ALTER TABLE ${table} ${steps.join(', ')}`];
}

/** What a text of a type looks like, for servers that cannot be asked. */
const PATTERNS: Readonly<Record<string, string>> = {
  bigint: '^[+-]?[0-9]{1,18}$',
  'double precision': '^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,2})?$',
  boolean: '^(true|false)$',
  uuid: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  date: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
  'timestamp with time zone':
    '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])( |T)[0-9:.]+([+-][0-9:]+|Z)$',
};

/**
 * An old value in a new type. A value that does not fit is of a row that is replaced, and becomes NULL: the
 * types were chosen to hold all that stay.
 */
function converted(column: string, type: string, { can_validate }: Conversion): string {
  if (type === 'text') return `${column}::text`;
  if (type === 'json' || type === 'jsonb') return `to_json(${column})::${type}`;
  if (type.endsWith('[]')) return `NULL::${type}`;
  const pattern = PATTERNS[type];
  const fits = can_validate
    ? `pg_input_is_valid(${column}::text, ${literal(type)})`
    : pattern === undefined
      ? 'false'
      : `${column}::text ~ ${literal(pattern)}`;
  return `CASE WHEN ${fits} THEN ${column}::text::${type} END`;
}

/**
 * Statements that write descriptions as comments. A comment that is not the description of an earlier load is
 * its owner's, and stays.
 */
export function commentColumns(
  table: string,
  there: readonly PostgresColumn[],
  wanted: readonly WantedColumn[],
): string[] {
  const comments = new Map(there.map(({ name, comment }) => [name, comment]));
  return wanted.flatMap(({ name, description, described }) =>
    comment(`COLUMN ${table}.${quote(name)}`, comments.get(name) ?? null, {
      now: description,
      before: described,
    }),
  );
}

/** The same for the description of a table. `there`: the comment that it has. */
export const commentTable = (table: string, there: string | null, described: Described): string[] =>
  comment(`TABLE ${table}`, there, described);

function comment(what: string, there: string | null, { now, before }: Described): string[] {
  const [wanted, earlier] = [stored(now), stored(before)];
  if (wanted === there || (there !== null && there !== earlier)) return [];
  return [`COMMENT ON ${what} IS ${wanted === null ? 'NULL' : escaped(wanted)}`];
}

/** A description as Postgres holds it: no text has a NUL there. */
const stored = (description: string | undefined): string | null =>
  description?.replaceAll('\0', '\u2400') || null;

/** A text as Postgres reads it, whatever standard_conforming_strings is. */
const escaped = (text: string): string =>
  text.includes('\\') ? ` E${literal(text.replaceAll('\\', '\\\\'))}` : literal(text);
