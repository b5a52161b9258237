/**
 * Which nested types hold what JSON columns hold, exactly: found over all rows, and proved by what comes
 * back.
 */
import type { LeftAsJson } from '../../events.js';
import { type Column, storedNames } from '../../table/column.js';
import {
  isNested,
  jsonPlaces,
  leaveAsJson,
  mergeShapes,
  objectPaths,
  readStructure,
  type Shape,
  shapeType,
  structable,
  withJsonAt,
} from '../../table/shape.js';
import { numberIn, type Session } from '../engine/session.js';
import { quote } from '../engine/sql.js';
import type { StagedTable } from '../staging/staged-table.js';
import type { StoredColumn, StoredResource } from '../state/contents.js';
import { TARGET } from '../state/names.js';
import {
  depthSql,
  differencesSql,
  doubledKeysSql,
  type JsonSource,
  jsonSource,
  lostDigitsSql,
  structuresSql,
  withoutEmptyLists,
} from './nested-sql.js';

/** A shape that holds a column's values exactly; null where none does. */
export interface ColumnShape {
  readonly column: Column;
  readonly shape: Shape | null;
  readonly left: readonly LeftAsJson[];
}

/** DuckDB's stack overflows at some ten thousand levels, and ends the process. */
const DEEPEST = 1_000;
/** Where values have more different structures, their keys are data, not fields. */
const MOST_STRUCTURES = 20_000;

/** What staged columns become, in their order, and what of them stays JSON. */
export interface NestedColumns {
  readonly columns: readonly Column[];
  readonly left: readonly LeftAsJson[];
}

/**
 * Finds the nested types of a staged table's JSON columns, such that old rows that stay have room in them,
 * too. Changes nothing.
 */
export async function nestedColumns(
  session: Session,
  staged: StagedTable,
  previous: StoredResource | null,
): Promise<NestedColumns> {
  const columnShapes = await findShapes(session, staged, previous, {
    existing: ({ shape }) => shape,
    empty_lists: true,
  });
  const columns = staged.columns.map((column) => {
    const shape = columnShapes.find((one) => one.column === column)?.shape ?? null;
    return shape === null ? column : { ...column, list: false, size: undefined, shape };
  });
  return { columns, left: columnShapes.flatMap(({ left }) => left) };
}

/** Finds a shape for each JSON column of a staged table, together with the old rows that may stay. */
export async function findShapes(
  session: Session,
  staged: StagedTable,
  previous: StoredResource | null,
  how: {
    /** The shape that is to be kept, and widened where it must be. */
    readonly existing: (old: StoredColumn) => Shape | undefined;
    /** Lists of nothing count as lists; otherwise they count as nothing. */
    readonly empty_lists: boolean;
  },
): Promise<ColumnShape[]> {
  const { plan, columns, table } = staged;
  const stored = storedNames(columns);
  const storedPrevious = storedNames(previous?.columns ?? []);
  const columnShapes: ColumnShape[] = [];
  for (const [i, column] of columns.entries()) {
    if (column.type !== 'JSON' || plan.target.primary_key.includes(column.name)) continue;
    const at = previous?.columns.findIndex(({ name }) => name === column.name) ?? -1;
    const old = previous?.columns[at];
    const stays = plan.disposition.type !== 'replace' && old !== undefined;
    if (stays && old.type !== 'JSON') {
      // Together with the new ones they become JSON.
      const reason = 'rows of an earlier load have values of another type';
      columnShapes.push({ column, shape: null, left: [{ column: column.name, reason }] });
      continue;
    }
    const existing = old === undefined ? undefined : how.existing(old);
    const now = jsonSource(table, column, stored[i]!);
    const then =
      previous === null || !stays
        ? null
        : jsonSource(quote(TARGET, previous.schema, previous.name), old, storedPrevious[at]!);
    const sources = [now, ...(then === null ? [] : [then])];
    const found = await findShape(
      session,
      how.empty_lists ? sources : sources.map(withoutEmptyLists),
      existing,
    );
    columnShapes.push({
      column,
      shape: found.shape,
      left: found.left.map(({ place, reason }) => ({
        column: `${column.name}${place === '' || place.startsWith('[') ? '' : '.'}${place}`,
        reason,
      })),
    });
  }
  return columnShapes;
}

interface Place {
  readonly place: string;
  readonly reason: string;
}

interface FoundShape {
  readonly shape: Shape | null;
  readonly left: readonly Place[];
}

/**
 * The first source is what is new. Values of the others fit `existing` already, where there is such a shape.
 */
async function findShape(
  session: Session,
  sources: readonly JsonSource[],
  existing: Shape | undefined,
): Promise<FoundShape> {
  const whole = (reason: string): FoundShape => ({ shape: null, left: [{ place: '', reason }] });
  const reasons = new Map<string, string>();
  const say = (place: string, reason: string): void => {
    if (!reasons.has(place)) reasons.set(place, reason);
  };
  let shape: Shape = existing ?? 'NULL';
  for (const [i, source] of sources.entries()) {
    if (i > 0 && existing !== undefined) continue;
    if (source.text !== null) {
      const [deep] = await session.rows(depthSql(source));
      if (numberIn(deep, 'depth') > DEEPEST) return whole(`it is nested deeper than ${DEEPEST} levels`);
      const [lost] = await session.rows(lostDigitsSql(source));
      if (numberIn(lost, 'n') > 0)
        return whole('it holds numbers with more digits than BIGINT and DOUBLE can store');
    }
    const structures = await session.rows(structuresSql(source, MOST_STRUCTURES + 1));
    if (structures.length > MOST_STRUCTURES) return whole('its values have too many different structures');
    for (const { structure } of structures) shape = mergeShapes(shape, readStructure(String(structure)), say);
  }
  shape = structable(shape, say);
  for (const [i, source] of sources.entries()) {
    // What a STRUCT holds has each key once.
    if (source.text === null || (i > 0 && existing !== undefined)) continue;
    for (const path of objectPaths(shape)) {
      const [doubled] = await session.rows(doubledKeysSql(source, path));
      if (numberIn(doubled, 'n') > 0) shape = withJsonAt(shape, path, say);
    }
  }
  while (isNested(shape)) {
    const paths = await differences(session, sources, shape, existing);
    if (paths.length === 0) break;
    for (const path of paths) shape = leaveAsJson(shape, path.slice(1), say);
  }
  const left = jsonPlaces(shape).map((place) => ({ place, reason: reasons.get(place) ?? UNTOLD }));
  if (isNested(shape)) return { shape, left };
  // Nothing but null and lists of nothing: there is nothing to tell.
  if (left.length === 0) return typeof shape === 'string' && shape !== 'NULL' ? whole(SIMPLE) : NOTHING;
  return { shape: null, left };
}

const NOTHING: FoundShape = { shape: null, left: [] };
const SIMPLE = 'its values are neither objects nor lists';
const UNTOLD = 'it is sometimes an empty object, or its kind varies';

/** Comparing values part by part is slow: the first so many usually show all differences. */
const SOME = 1_000;

async function differencesOf(session: Session, source: JsonSource, shape: Shape): Promise<string[]> {
  for (const most of [SOME, Number.MAX_SAFE_INTEGER]) {
    const [row] = await session.rows(differencesSql(source, shape, most));
    const found = row?.['paths'];
    const paths = Array.isArray(found) ? found.map(String) : [];
    if (paths.length > 0 || numberIn(row, 'n') < most) return paths;
  }
  return [];
}

/**
 * Where values of a source do not come back as they were sent. Each shape is asked about once for old rows
 * that another one holds.
 */
async function differences(
  session: Session,
  sources: readonly JsonSource[],
  shape: Shape,
  existing: Shape | undefined,
): Promise<string[]> {
  const isExisting = existing !== undefined && shapeType(existing) === shapeType(shape);
  const paths = new Set<string>();
  for (const [i, source] of sources.entries()) {
    if (i > 0 && isExisting) continue;
    for (const path of await differencesOf(session, source, shape)) paths.add(path);
  }
  return [...paths];
}
