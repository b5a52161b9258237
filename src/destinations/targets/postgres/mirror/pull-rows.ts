/** Copies rows of Postgres into a table of DuckDB: what publishing compares, and what lists are read for. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '../../../engine/session.js';
import { literal, quote } from '../../../engine/sql.js';
import { sentAs } from '../push/binary-rows.js';
import type { Connection } from '../wire/connection.js';

/** A column to copy: its names in Postgres and in DuckDB, and its type in DuckDB. */
export interface PulledColumn {
  readonly postgres_name: string;
  readonly name: string;
  readonly type: string;
}

/** The longest line that DuckDB reads where nobody says otherwise. Bytes. */
const USUAL_LINE = 2_000_000;
/** Room for what stands between the values of a line. Bytes. */
const MARGIN = 100_000;

/** What Postgres and DuckDB spell differently before our era, as a number; infinities by their names. */
const SPELLED: Readonly<Record<string, (at: string) => string>> = {
  TIMESTAMPTZ: (at) =>
    `CASE WHEN isfinite(${at}) THEN (extract(epoch FROM date_trunc('second', ${at}))::numeric * 1000000 + extract(microsecond FROM ${at})::numeric % 1000000)::bigint::text ELSE ${at}::text END`,
  DATE: (at) => `CASE WHEN isfinite(${at}) THEN (${at} - date '2000-01-01')::text ELSE ${at}::text END`,
};

/** What a text of {@link SPELLED} stands for. */
const READ: Readonly<Record<string, (text: string) => string>> = {
  TIMESTAMPTZ: (text) =>
    `CASE WHEN ${text} LIKE '%infinity' THEN ${text}::TIMESTAMPTZ ELSE make_timestamptz(TRY_CAST(${text} AS BIGINT)) END`,
  DATE: (text) =>
    `CASE WHEN ${text} LIKE '%infinity' THEN ${text}::DATE ELSE DATE '2000-01-01' + TRY_CAST(${text} AS INTEGER) END`,
};

/** A value as text that {@link readBack} understands. */
function spelled(column: string, type: string): string {
  const { element, is_list } = sentAs(type);
  const at = quote(column);
  const spell = SPELLED[element];
  if (!is_list) return spell?.(at) ?? `${at}::text`;
  // As texts: numbers and JSON would get another spelling on their way.
  if (spell === undefined) return `to_json(${at}::text[])::text`;
  const elements = `(SELECT json_agg(${spell('u.x')} ORDER BY u.n) FROM unnest(${at}) WITH ORDINALITY u(x, n))`;
  return `CASE WHEN ${at} IS NOT NULL THEN coalesce(${elements}::text, '[]') END`;
}

/** The value that a text of {@link spelled} stands for. */
function readBack(text: string, type: string): string {
  const { element, is_list } = sentAs(type);
  const read = READ[element];
  if (!is_list) return read?.(text) ?? (element === 'JSON' ? `${text}::JSON::${type}` : `${text}::${type}`);
  return `list_transform(from_json(${text}, '["VARCHAR"]'), lambda x: ${read?.('x') ?? `x::${element}`})::${type}`;
}

/** Rows of Postgres on their way to DuckDB. */
export interface PulledRows {
  /** What follows FROM in Postgres. */
  readonly from: string;
  readonly columns: readonly PulledColumn[];
  /** A folder that DuckDB may read in. */
  readonly folder: string;
}

/** The same, on their way into a table. */
export interface Pull extends PulledRows {
  /** The table in DuckDB, quoted. Columns that are not copied are NULL. */
  readonly into: string;
}

/** Copies rows. Throws what `pg` and DuckDB throw. */
export async function pullRows(
  session: Session,
  connection: Connection,
  { into, ...pulled }: Pull,
): Promise<void> {
  const { columns } = pulled;
  const names = columns.map(({ name }) => quote(name)).join(', ');
  await withPulledRows(connection, pulled, (values, from) =>
    session.copy(
      columns.length === 0
        ? `INSERT INTO ${into} SELECT * FROM ${from}`
        : `INSERT INTO ${into} (${names}) SELECT ${values.join(', ')} FROM ${from}`,
    ),
  );
}

/**
 * Copies rows into a file that DuckDB reads, for the time of some work: it gets the SQL of each column's
 * values, and what follows FROM. Throws what `pg` and the work throw.
 */
export async function withPulledRows<T>(
  connection: Connection,
  { from, columns, folder }: PulledRows,
  work: (values: readonly string[], from: string) => Promise<T>,
): Promise<T> {
  const texts = columns.map(({ postgres_name, type }) => spelled(postgres_name, type));
  const line = await longestLine(connection, from, columns, texts);
  const file = join(folder, 'pulled.csv');
  try {
    // A line of NULL alone would be an empty line: each begins with a number.
    await connection.copyOut(
      `COPY (SELECT ${['1', ...texts].join(', ')} FROM ${from}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)`,
      file,
    );
    const layout = ['n', ...columns.map((_, i) => `c${i}`)].map((name) => `${name}: 'VARCHAR'`).join(', ');
    const options = [
      'auto_detect = false',
      'header = false',
      `columns = {${layout}}`,
      `delim = ','`,
      `quote = '"'`,
      `escape = '"'`,
      `new_line = '\\n'`,
      `nullstr = ''`,
      'allow_quoted_nulls = false',
      'parallel = false',
      `max_line_size = ${line}`,
    ];
    return await work(
      columns.map(({ type }, i) => readBack(`c${i}`, type)),
      `read_csv(${literal(file)}, ${options.join(', ')})`,
    );
  } finally {
    rmSync(file, { force: true });
  }
}

/** The longest line that the rows make, in bytes: a quote within a value is doubled. */
async function longestLine(
  connection: Connection,
  from: string,
  columns: readonly PulledColumn[],
  texts: readonly string[],
): Promise<number> {
  const long = texts.filter((_, i) => {
    const { element, is_list } = sentAs(columns[i]!.type);
    return is_list || ['VARCHAR', 'JSON'].includes(element);
  });
  if (long.length === 0) return USUAL_LINE;
  const bytes = long.map((text) => `coalesce(octet_length(${text}), 0)::bigint`).join(' + ');
  const [row] = await connection.rows(`SELECT coalesce(max(${bytes}), 0) AS most FROM ${from}`);
  return Math.max(USUAL_LINE, 2 * Number(row?.['most']) + MARGIN);
}
