/** Names that no table of a schema has yet. */
import { foldName } from '../../names.js';
import { storedNames } from '../../table/column.js';
import type { Session } from '../engine/session.js';
import { literal } from '../engine/sql.js';
import { TARGET } from '../state/names.js';

/** The names of all tables and views in a schema of the target. */
export async function namesInSchema(session: Session, schema: string): Promise<string[]> {
  const rows = await session.rows(
    `SELECT table_name FROM information_schema.tables WHERE table_catalog = ${literal(TARGET)} AND table_schema = ${literal(schema)}`,
  );
  return rows.map((row) => String(row['table_name']));
}

/** The name, or with `_2`, `_3`, … the next that is free. */
export function freeName(name: string, taken: readonly string[]): string {
  return storedNames([{ name }], taken.map(foldName))[0]!;
}

/**
 * The name, or with further `_` the next that is free: for a table that is moved aside. By that ending,
 * later loads know which name the table's source has given it.
 */
export function freeNameAside(name: string, taken: readonly string[]): string {
  const folded = new Set(taken.map(foldName));
  let free = name;
  while (folded.has(foldName(free))) free = `${free}_`;
  return free;
}
