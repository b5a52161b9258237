/** The partitions of a table: what they are called, which rows are in which, and which of them changed. */
import { foldName } from '../../../../names.js';
import { DELETED_AT_COLUMN, LOAD_ID_COLUMN, storedNames } from '../../../../table/column.js';
import { hasTimes, type Partition } from '../../../../table/partition.js';
import { storedKeys } from '../../../engine/column-sql.js';
import { numberIn, type Row, type Session } from '../../../engine/session.js';
import { literal, quote } from '../../../engine/sql.js';
import type { StoredColumn } from '../../../state/contents.js';
import { fileNameOf } from '../file-names.js';
import { sameValues } from '../rows/same-values.js';

/** Where Hive keeps rows without a value. */
export const NO_VALUE = '__HIVE_DEFAULT_PARTITION__';

const FORMATS: Readonly<Record<Partition['unit'], string>> = { year: '%Y', month: '%Y-%m', day: '%Y-%m-%d' };

/** A partition by a stored column. */
export interface StoredPartition {
  readonly unit: Partition['unit'];
  /** The name of the column in the target. */
  readonly column: string;
  /** The name that readers of Hive folders give to the partition: no column of the table has it. */
  readonly key: string;
}

/** A partition in the names of the target; undefined where the table has no such timestamp or date. */
export function storedPartition(
  { unit, column }: Partition,
  columns: readonly StoredColumn[],
): StoredPartition | undefined {
  const names = storedNames(columns);
  const at = columns.findIndex(({ name, removed }) => name === column && removed !== true);
  const found = columns[at];
  if (found === undefined || found.masked_as !== undefined || !hasTimes(found)) return undefined;
  const taken = new Set(names.map(foldName));
  let key = `${names[at]!}_${unit}`;
  for (let n = 2; taken.has(foldName(key)); n++) key = `${names[at]!}_${unit}_${n}`;
  return { unit, column: names[at]!, key };
}

/** The value of the partition that a row is in, as SQL. Times are UTC: sessions are. */
const valueSql = ({ unit, column }: StoredPartition, table = ''): string =>
  `coalesce(strftime(${table}${quote(column)}, ${literal(FORMATS[unit])}), ${literal(NO_VALUE)})`;

/** The Hive folder of a part. */
export const folderOf = ({ key }: StoredPartition, value: string): string => `${fileNameOf(key)}=${value}`;

/** A part of a table, and a condition on its rows that DuckDB can use to skip others. */
export interface Part {
  readonly value: string;
  readonly where: string;
  readonly has_changed: boolean;
}

/** The rows of a table before and after a load. */
export interface Compared {
  /** FROM items. `before` is null where nothing of it can be the same. */
  readonly before: string | null;
  readonly now: string;
  readonly columns: readonly StoredColumn[];
  readonly primary_key: readonly string[];
  readonly load_id: string;
  /** Types of the table's columns, by their stored names. */
  readonly types: ReadonlyMap<string, string>;
}

/** Lists the parts that a table has now. A part has not changed where all of its rows are those of before. */
export async function partsOf(
  session: Pick<Session, 'rows'>,
  by: StoredPartition,
  compared: Compared,
): Promise<readonly Part[]> {
  const { now, load_id, types } = compared;
  const marked = types.has(DELETED_AT_COLUMN) ? `count(${quote(DELETED_AT_COLUMN)})` : '0';
  const written = `count(*) FILTER (${quote(LOAD_ID_COLUMN)} = ${literal(load_id)})`;
  const bound = (of: string): string => `${of}(${quote(by.column)})::VARCHAR`;
  const rows = await session.rows(
    `SELECT ${valueSql(by)} AS part, ${bound('min')} AS low, ${bound('max')} AS high, count(*)::DOUBLE AS n, ${marked}::DOUBLE AS marked, ${written}::DOUBLE AS written FROM ${now} GROUP BY 1 ORDER BY 1`,
  );
  const before = await countBefore(session, by, compared, marked);
  return rows.map((row) => {
    const value = String(row['part']);
    const old = before.get(value);
    const has_changed =
      old === undefined ||
      numberIn(row, 'n') !== old.n ||
      numberIn(row, 'marked') !== old.marked ||
      numberIn(row, 'written') !== old.same;
    const type = types.get(by.column) ?? '';
    const column = quote(by.column);
    const range =
      value === NO_VALUE
        ? `${column} IS NULL`
        : `${column} BETWEEN ${literal(String(row['low']))}::${type} AND ${literal(String(row['high']))}::${type}`;
    return { value, where: `${range} AND ${valueSql(by)} = ${literal(value)}`, has_changed };
  });
}

/**
 * What each part had before: rows, those marked as gone, and rows that this load brought again as they were.
 */
async function countBefore(
  session: Pick<Session, 'rows'>,
  by: StoredPartition,
  { before, now, columns, primary_key, load_id, types }: Compared,
  marked: string,
): Promise<ReadonlyMap<string, { readonly n: number; readonly marked: number; readonly same: number }>> {
  if (before === null) return new Map();
  const keys = storedKeys(columns, primary_key).map((key) => quote(key));
  const counted = await session.rows(
    `SELECT ${valueSql(by)} AS part, count(*)::DOUBLE AS n, ${marked}::DOUBLE AS marked FROM ${before} GROUP BY 1`,
  );
  const joined = keys.map((key) => `old.${key} = new.${key}`).join(' AND ');
  // A key counts once: where several rows have it, nothing says which of them is which.
  const again: readonly Row[] =
    keys.length === 0
      ? []
      : await session.rows(
          `SELECT ${valueSql(by, 'new.')} AS part, count(DISTINCT (${keys.map((key) => `new.${key}`).join(', ')}))::DOUBLE AS same FROM ${now} new JOIN ${before} old ON ${joined} WHERE new.${quote(LOAD_ID_COLUMN)} = ${literal(load_id)} AND ${sameValues(types).join(' AND ')} GROUP BY 1`,
        );
  const same = new Map(again.map((row) => [String(row['part']), numberIn(row, 'same')]));
  return new Map(
    counted.map((row) => {
      const part = String(row['part']);
      return [part, { n: numberIn(row, 'n'), marked: numberIn(row, 'marked'), same: same.get(part) ?? 0 }];
    }),
  );
}
