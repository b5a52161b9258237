/** Writes the rows of a published table into its file, or into those of its parts. */
import { XanoError } from '../../../errors.js';
import type { Column, TargetTable } from '../../../table/column.js';
import { partitionText } from '../../../table/partition.js';
import type { TargetPlan } from '../../destination.js';
import type { Session } from '../../engine/session.js';
import { literal, quote } from '../../engine/sql.js';
import { columnTypes } from '../../engine/table-columns.js';
import type { StoredResource } from '../../state/contents.js';
import { TARGET } from '../../state/names.js';
import { copyWithFooter, type Footer } from './footer.js';
import { type TableFile, tablePath } from './list-tables.js';
import type { OpenFolder } from './open-folder.js';
import {
  assertFree,
  type PartFile,
  type PartitionedTable,
  type PartitionPlace,
  partitionedPath,
  partPath,
  writePartitioned,
} from './partitions/partition-files.js';
import {
  folderOf,
  NO_VALUE,
  type Part,
  partsOf,
  type StoredPartition,
  storedPartition,
} from './partitions/partitions.js';
import { comparable, type PreviousTable } from './rows/previous-rows.js';
import { writeFile } from './write-files.js';
import { besideOf } from './write-state-files.js';

/** Refuses a plan whose rows have no column to be parted by. Throws CONFIG_INVALID. */
export function assertPartition(
  { partition_by, resource }: Pick<TargetPlan, 'partition_by' | 'resource'>,
  columns: readonly Column[],
): void {
  if (partition_by === undefined || storedPartition(partition_by, columns) !== undefined) return;
  throw new XanoError(
    'CONFIG_INVALID',
    `"${resource}" cannot have partitions by ${partitionText(partition_by)}: it has no timestamp or date "${partition_by.column}".`,
    { hint: 'Name a column of the table that is loaded as it is, or omit the partition.' },
  );
}

/** Writes the file of a table. */
export async function writeRows(
  opened: OpenFolder,
  session: Session,
  {
    target,
    footer,
    long_rows,
  }: { readonly target: TargetTable; readonly footer: Footer; readonly long_rows: boolean },
): Promise<void> {
  const select = `SELECT ${await asParquet(session, target)} FROM ${quote(TARGET, target.schema, target.name)}`;
  await copying(opened, session, long_rows, () =>
    opened.files.write(tablePath(opened.folder, target.schema, target.name), besideOf(opened), (beside) =>
      session.copy(copyWithFooter(select, beside, footer)),
    ),
  );
}

/** The parts that a table is to have. */
export interface Partitions {
  readonly place: PartitionPlace;
  readonly by: StoredPartition;
  readonly parts: readonly Part[];
  /** What the table has had, by the folder of each part; nothing where another place or column had it. */
  readonly before: ReadonlyMap<string, PartFile>;
  /** Folders of parts that go. */
  readonly gone: readonly string[];
}

/**
 * Finds the parts of a published table; null where it is one file. Throws DATABASE_FAILED where other files
 * are in their place.
 */
export async function partitionsFor(
  opened: OpenFolder,
  session: Session,
  {
    plan,
    tables,
    before,
    known,
  }: {
    readonly plan: TargetPlan;
    readonly tables: readonly TableFile[];
    readonly before: PreviousTable | null;
    readonly known: readonly StoredResource[];
  },
): Promise<Partitions | null> {
  const { target, identity, load_id, partition_by } = plan;
  const columns = known.find((one) => one.identity === identity)?.columns ?? [];
  const by = partition_by === undefined ? undefined : storedPartition(partition_by, columns);
  if (by === undefined) return null;
  const { schema, name, primary_key } = target;
  const now = quote(TARGET, schema, name);
  const table = isAt(before, target) ? (before?.file.partitioned?.table ?? null) : null;
  const isSame = table !== null && isSamePartition(table, by);
  const parts = await partsOf(session, by, {
    before: isSame ? await comparable(session, before, target) : null,
    now,
    columns,
    primary_key,
    load_id,
    types: await columnTypes(session, now),
  });
  // Without a file nobody would see which columns an empty table has.
  const all = parts.length > 0 ? parts : [{ value: NO_VALUE, where: 'true', has_changed: true }];
  const place = { folder: opened.folder, schema, name };
  // Another table may have had the name, and has moved.
  const there = tables.find(({ path }) => path === partitionedPath(place))?.partitioned?.table;
  const theirs = (there?.parts ?? []).map(({ folder }) => folder);
  const folders = all.map(({ value }) => folderOf(by, value));
  assertFree(place, folders, new Set([...theirs, ...(there?.gone ?? [])]));
  const gone = theirs.filter((folder) => !folders.includes(folder));
  return {
    place,
    by,
    parts: all,
    before: new Map((table?.parts ?? []).map((part) => [part.folder, part])),
    gone,
  };
}

const isAt = (before: PreviousTable | null, { schema, name }: TargetTable): boolean =>
  before?.resource.schema === schema && before.resource.name === name;

const isSamePartition = (table: PartitionedTable, by: StoredPartition): boolean =>
  table.unit === by.unit && table.column === by.column && table.key === by.key;

/** The files of parts that changed, then what names them all. */
export async function writeParts(
  opened: OpenFolder,
  session: Session,
  {
    place,
    by,
    parts,
    before,
    gone,
    footer,
    long_rows,
  }: Partitions & { readonly footer: Footer; readonly long_rows: boolean },
): Promise<void> {
  const columns = await asParquet(session, place);
  const files: PartFile[] = [];
  for (const [at, { value, where, has_changed }] of parts.entries()) {
    const folder = folderOf(by, value);
    const old = before.get(folder);
    if (old !== undefined && !has_changed) {
      files.push(old);
      continue;
    }
    const part = { folder, file: `${footer.staging_id}-${at}.parquet` };
    const select = `SELECT ${columns} FROM ${quote(TARGET, place.schema, place.name)} WHERE ${where}`;
    await copying(opened, session, long_rows, () =>
      writeFile(partPath(place, part), besideOf(opened), (beside) =>
        session.copy(`COPY (${select}) TO ${literal(beside)} (FORMAT parquet, COMPRESSION zstd)`),
      ),
    );
    files.push(part);
  }
  await writePartitioned(place, besideOf(opened), {
    table: { unit: by.unit, column: by.column, key: by.key, parts: files, gone: [...gone] },
    state: footer,
    previous: [...before.values()],
  });
}

/** Copies rows into a file; long ones with little memory. */
async function copying(
  { tools: { engine } }: OpenFolder,
  session: Session,
  long_rows: boolean,
  copy: () => Promise<void>,
): Promise<void> {
  await (long_rows ? engine.exclusive(copy, { long_rows }) : copy());
  if (long_rows) await session.releaseBuffers();
}

/**
 * The columns of a published table, without sizes of vectors: pyarrow 26 refuses NULL in the place of a
 * vector that DuckDB 1.5.5 wrote with its size ("Length spanned by list offsets").
 */
async function asParquet(
  session: Session,
  { schema, name }: { readonly schema: string; readonly name: string },
): Promise<string> {
  const types = await columnTypes(session, quote(TARGET, schema, name));
  return [...types]
    .map(([column, type]) => {
      const list = type.replaceAll(/\[\d+\]/g, '[]');
      return list === type ? quote(column) : `${quote(column)}::${list} AS ${quote(column)}`;
    })
    .join(', ');
}
