/** Names of files for tables: stable, safe on any file system, and each once. Pure. */
import { createHash } from 'node:crypto';
import { fileNameOf, type SchemaTable } from '../index.js';

/** A loaded table, as far as its file is named after it. */
export interface NamedTable {
  readonly schema: string;
  /** Without its schema. */
  readonly name: string;
}

/** A loaded table's names: its full one begins with that of the schema. */
export function namedTable({ schema, table }: SchemaTable): NamedTable {
  return { schema: schema ?? '', name: table.slice((schema ?? '').length + 1) };
}

/** The schema that is not part of a file's name: the default of a load. */
const USUAL_SCHEMA = 'xano_data';
/** Digits of a SHA-256 that tell two names apart. */
const DIGITS = 8;

/**
 * The name of each table's file, without its ending, in the same order: `orders`, or `shop.orders` in another
 * schema than `xano_data`. Of several that a file system may take for one, all but the first by schema and
 * name end in a digest. A name depends on all tables of the target, never on those that are chosen.
 */
export function fileNames(tables: readonly NamedTable[]): string[] {
  const plain = tables.map(plainName);
  const order = tables
    .map((_, i) => i)
    .toSorted((a, b) => compare(fullName(tables[a]!), fullName(tables[b]!)));
  const taken = new Set<string>();
  const names = [...plain];
  for (const i of order) {
    const folded = plain[i]!.toLowerCase();
    if (taken.has(folded)) names[i] = `${plain[i]}%~${digestOf(fullName(tables[i]!))}`;
    taken.add(folded);
  }
  return names;
}

/** What a table would be called in a name of a file, if every character were allowed. */
export const wantedName = ({ schema, name }: NamedTable): string =>
  schema === USUAL_SCHEMA ? name : `${schema}.${name}`;

const plainName = (table: NamedTable): string => fileNameOf(wantedName(table));

const fullName = ({ schema, name }: NamedTable): string => JSON.stringify([schema, name]);

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, DIGITS);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
