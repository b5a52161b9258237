/**
 * The state of a table, in the footer of its Parquet file: rows and state are one file, and become visible
 * with one rename.
 */
import { z } from 'zod';
import type { JsonObject } from '../../../json.js';
import { isDamage } from '../../engine/failures.js';
import type { Session } from '../../engine/session.js';
import { jsonText, literal, quote } from '../../engine/sql.js';
import { STATE_VERSION } from '../../state/ddl.js';
import { state } from '../../state/names.js';
import { MOST_TEXT_BYTES } from '../../state/parse-state.js';
import { assertVersion } from '../../state/write-state.js';

/** The key of the footer's metadata. */
const KEY = 'xano';

const json = z.custom<JsonObject | readonly unknown[] | null>((value) => typeof value === 'object');
/**
 * The columns of `_xano.resources`, as far as their SQL types go: whoever reads the row reads it strictly.
 */
const footerSchema = z.object({
  version: z.number().int(),
  identity: z.string(),
  resource: z.string(),
  target_schema: z.string(),
  target_table: z.string(),
  origin: json,
  columns: json,
  primary_key: z.array(z.string()),
  rows: z.number().int(),
  rows_expected: z.number().int().nullable(),
  completeness: z.string(),
  load_id: z.string(),
  /** As DuckDB spells a time in UTC. */
  loaded_at: z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/),
  watermark: json,
  // It names the file of rejected values: nothing in it may be a path.
  staging_id: z.string().regex(/^[\w-]{1,100}$/),
  description: z.string().nullable(),
  has_rejects: z.boolean(),
});

/** What a footer says of a table. */
export type Footer = z.infer<typeof footerSchema>;

/**
 * Reads the state in a file's footer; null where the file is not one that a load wrote. Throws
 * DATABASE_FAILED for a newer version's.
 */
export async function readFooter(session: Pick<Session, 'rows'>, file: string): Promise<Footer | null> {
  const metadata = `FROM parquet_kv_metadata(${literal(file)}) WHERE key = ${literal(KEY)}::BLOB AND octet_length(value) <= ${MOST_TEXT_BYTES}`;
  let text: unknown;
  try {
    const [row] = await session.rows(`SELECT decode(value) AS text ${metadata}`);
    text = row?.['text'];
  } catch (thrown) {
    // Not a Parquet file, or not UTF-8. A disk that fails is not the file's fault.
    if (!isDamage(thrown) && !/Parquet|Invalid Input|Conversion/i.test(String(thrown))) throw thrown;
    return null;
  }
  return footerIn(text);
}

/** The footer in a JSON text; null where no load has written it. Throws as {@link parseFooter} does. */
export const footerIn = (text: unknown): Footer | null => parseFooter(parse(text));

/**
 * Checks what a footer says; null where no load has written it. Throws DATABASE_FAILED for a newer version.
 */
export function parseFooter(value: unknown): Footer | null {
  const parsed = footerSchema.safeParse(value);
  if (!parsed.success) return null;
  assertVersion(parsed.data.version);
  return parsed.data;
}

function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the row that the attached target's state has of a resource, as its footer is to say it. */
export async function footerOf(session: Session, identity: string): Promise<Footer> {
  const one = `identity = ${literal(identity)}`;
  const [row] = await session.rows(
    `SELECT to_json(r)::VARCHAR AS resource, (SELECT count(*) FROM ${state('rejects')} WHERE ${one}) > 0 AS has_rejects FROM ${state('resources')} r WHERE ${one}`,
  );
  const { resource, has_rejects } = row ?? {};
  const fields = parse(resource);
  return footerSchema.parse({
    ...(typeof fields === 'object' ? fields : {}),
    version: STATE_VERSION,
    has_rejects,
  });
}

/** Writes rows into a Parquet file with this footer. `select` gives the rows. */
export function copyWithFooter(select: string, file: string, footer: Footer): string {
  return `COPY (${select}) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {${KEY}: ${literal(jsonText(footer))}})`;
}

/** What a footer has of `_xano.resources`. */
const resourceColumns = footerSchema.omit({ version: true, has_rejects: true }).keyof().options;

/**
 * The statement that puts what footers say into the state tables of an attached database; none without them.
 */
export function insertResources(database: string, footers: readonly Footer[]): string[] {
  if (footers.length === 0) return [];
  const rows = footers.map(
    (footer) =>
      `(${resourceColumns.map((name) => (name === 'primary_key' ? listInSql(footer[name]) : valueInSql(footer[name]))).join(', ')})`,
  );
  const names = resourceColumns.map((name) => quote(name)).join(', ');
  return [`INSERT INTO ${quote(database, '_xano', 'resources')} (${names}) VALUES ${rows.join(', ')}`];
}

const listInSql = (texts: readonly string[]): string => `[${texts.map(literal).join(', ')}]::VARCHAR[]`;

function valueInSql(value: Footer[(typeof resourceColumns)[number]]): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return String(value);
  return literal(typeof value === 'string' ? value : jsonText(value));
}
