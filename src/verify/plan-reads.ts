/**
 * Counts both sides of a table by ranges of keys, and plans what must be read of the source: the ranges that
 * differ, and rows whose values are compared.
 */
import type { KeySpan } from '../destinations/destination.js';
import { keySpaceOf } from '../load/read/key-space.js';
import type { Http } from '../rest/http/client.js';
import type { RequestContext } from '../rest/http/messages.js';
import { countRecords } from '../rest/paging/list-queries.js';
import { greaterThan } from '../xano/conventions.js';
import type { ComparedColumn, Comparison } from './comparison.js';
import type { DestinationRows, KeyFigures } from './destination-rows.js';
import { chooseSome, type Seeded } from './seeded.js';

/** What is read of the source: a range of keys, or the rows with some keys. */
export interface PlannedRead {
  readonly span: KeySpan;
  readonly keys: readonly string[] | undefined;
  /** No more than so many rows, the first by key. */
  readonly limit: number | undefined;
  readonly columns: readonly ComparedColumn[];
  /** Whether values are compared, and not only which rows there are. */
  readonly with_values: boolean;
}

/** A table's counts, and what must be read. */
export interface ReadPlan {
  readonly figures: KeyFigures;
  /** Rows that the source has now under the conditions of the load. */
  readonly rows_source: number;
  /** Rows of the source above the newest key of the destination that are not read. */
  readonly above: number;
  /** Rows that changed since the load began; null where no column tells. */
  readonly updated: number | null;
  readonly reads: readonly PlannedRead[];
  /** Rows that differ and are not read, because there are too many. */
  readonly not_read: number;
}

/** Whose rows are counted, and how many values are wanted. */
export interface Counting {
  readonly comparison: Comparison;
  readonly destination: DestinationRows;
  readonly http: Http;
  readonly sender: RequestContext;
  readonly values: number;
  readonly seeded: Seeded;
}

/** A table of so many rows is read instead of counted by ranges: one page, which shows every key. */
const SMALL = 1_000;
/** Ranges that are counted at first: rows missing in one and too many in another do not cancel out. */
const RANGES = 4;
/** Counts of one table. */
const MOST_COUNTS = 60;
/** Keys in one condition. */
const MOST_KEYS = 500;

/** Counts and plans. Null where the source does not count, or does not compare keys. */
export async function planReads(counting: Counting): Promise<ReadPlan | null> {
  const { comparison, destination, values } = counting;
  const { limit, held } = comparison;
  const figures = await destination.figures();
  const { keys, highest } = figures;
  // Whatever came after the newest key of a limited table is not wanted, and UUIDs come anywhere.
  const loaded: KeySpan = highest === null ? {} : { before: next(highest, 1n) };
  const isBounded = comparison.key.type === 'BIGINT';
  const total = await countIn(counting, limit === undefined || !isBounded ? {} : loaded);
  if (total === null) return null;
  const lost = Math.max(0, held.rows - figures.all);
  const keyColumns = columnsOf(comparison);
  const whole = { keys: undefined, limit: undefined, with_values: values > 0 };
  const columns = values > 0 ? comparison.columns : keyColumns;
  const atTheEnd: PlannedRead[] =
    lost === 0 || highest === null
      ? []
      : [
          {
            span: { after: highest },
            keys: undefined,
            limit: Math.min(lost, SMALL),
            columns: keyColumns,
            with_values: false,
          },
        ];
  const updated = await countUpdated(counting, isBounded ? loaded : {});
  const common = { figures, rows_source: total, updated };
  if (keys <= SMALL && total <= SMALL) {
    const span = limit === undefined ? {} : loaded;
    const reads = [{ ...whole, span, columns }, ...(limit === undefined ? [] : atTheEnd)];
    return { ...common, above: 0, reads, not_read: 0 };
  }
  const within =
    limit !== undefined || !isBounded || highest === null ? total : await countIn(counting, loaded);
  if (within === null || (within === 0 && keys > 0 && total > 0)) return null;
  const found = await findRanges(counting, isBounded ? loaded : {}, { source: within, held: keys });
  return {
    ...common,
    above: total - within,
    not_read: found.not_read,
    reads: [
      ...found.ranges.map(({ span, limit: most }) => ({
        ...{ span, keys: undefined, limit: most, columns: keyColumns, with_values: false },
      })),
      ...atTheEnd,
      ...(await sampleReads(counting, figures, loaded)),
    ],
  };
}

/** The key, and the columns that tell when a row came or changed. */
function columnsOf({ key, updated, created }: Comparison): ComparedColumn[] {
  return [
    ...new Set([
      key,
      ...(updated === undefined ? [] : [updated]),
      ...(created === undefined ? [] : [created]),
    ]),
  ];
}

const countIn = ({ comparison, http, sender }: Counting, span: KeySpan): Promise<number | null> =>
  countRecords(comparison.config, http, span, sender);

async function countUpdated(counting: Counting, span: KeySpan): Promise<number | null> {
  const { comparison, http, sender, destination } = counting;
  const { updated, held, config } = comparison;
  if (updated === undefined) return null;
  const also = [{ [greaterThan(updated.name)]: held.load_started }];
  const source = await countRecords(config, http, { ...span, also }, sender);
  // A row that was that new when it was read is on both sides.
  return source === null || source === 0
    ? source
    : Math.max(0, source - (await destination.countAfter(updated, held.load_started)));
}

/** The key next to a key. */
function next(key: string, by: 1n | -1n): string | undefined {
  const space = keySpaceOf(key);
  return space?.toText(space.toNumber(key) + by);
}

interface FoundRanges {
  readonly ranges: { readonly span: KeySpan; readonly limit: number | undefined }[];
  not_read: number;
  counts: number;
}

/** The ranges in which both sides have other numbers of rows. */
async function findRanges(
  counting: Counting,
  span: KeySpan,
  { source, held }: { readonly source: number; readonly held: number },
): Promise<FoundRanges> {
  const found: FoundRanges = { ranges: [], not_read: 0, counts: 0 };
  const cuts = Array.from({ length: RANGES - 1 }, (_, i) => Math.floor((held * (i + 1)) / RANGES));
  const keys = held < RANGES ? [] : await counting.destination.keysAt([...new Set(cuts)], span);
  const parts = keys.map((key, i) => ({
    after: i === 0 ? span.after : next(keys[i - 1]!, -1n),
    before: key,
  }));
  const heldIn = await counting.destination.counts(parts);
  let left = { source, held };
  for (const [i, part] of parts.entries()) {
    const counts = { source: (await countIn(counting, part)) ?? 0, held: heldIn[i]! };
    await visit(counting, found, part, counts);
    left = { source: left.source - counts.source, held: left.held - counts.held };
  }
  const last = keys.at(-1);
  await visit(counting, found, last === undefined ? span : { ...span, after: next(last, -1n) }, left);
  return found;
}

/** Halves a range by the keys of the destination until it is small enough to be read. */
async function visit(
  counting: Counting,
  found: FoundRanges,
  span: KeySpan,
  counts: { readonly source: number; readonly held: number },
): Promise<void> {
  const { source, held } = counts;
  if (source === held) return;
  if (source <= SMALL && held <= SMALL) {
    found.ranges.push({ span, limit: undefined });
    return;
  }
  if (held < 2 || source === 0 || ++found.counts > MOST_COUNTS) {
    found.ranges.push({ span, limit: source > SMALL ? SMALL : undefined });
    found.not_read += Math.max(0, source - SMALL - held);
    return;
  }
  const [middle] = await counting.destination.keysAt([Math.floor(held / 2)], span);
  if (middle === undefined) return;
  const part = { ...span, before: middle };
  const left = { source: (await countIn(counting, part)) ?? 0, held: Math.floor(held / 2) };
  await visit(counting, found, part, left);
  const right = { source: source - left.source, held: held - left.held };
  await visit(counting, found, { ...span, after: next(middle, -1n) }, right);
}

/** Random rows, and every row of a random range. */
async function sampleReads(
  { comparison, destination, values, seeded }: Counting,
  { keys: count, highest }: KeyFigures,
  loaded: KeySpan,
): Promise<PlannedRead[]> {
  if (values === 0 || count === 0 || highest === null) return [];
  const read = { limit: undefined, columns: comparison.columns, with_values: true };
  const some = chooseSome(seeded, values, count);
  const start = seeded(Math.max(1, count - SMALL + 1));
  const ends = [start, ...(start + SMALL < count ? [start + SMALL] : [])];
  const positions = [...new Set([...some, ...ends])].toSorted((a, b) => a - b);
  const found = await destination.keysAt(positions, {});
  const keyAt = (position: number | undefined): string | undefined =>
    position === undefined ? undefined : found[positions.indexOf(position)];
  const chosen = some.flatMap((position) => keyAt(position) ?? []);
  const first = keyAt(start);
  const after = first === undefined ? undefined : next(first, -1n);
  const groups = Array.from({ length: Math.ceil(chosen.length / MOST_KEYS) }, (_, i) =>
    chosen.slice(i * MOST_KEYS, (i + 1) * MOST_KEYS),
  );
  return [
    ...groups.map((keys) => ({ ...read, span: {}, keys })),
    { ...read, span: { after, before: keyAt(ends[1]) ?? loaded.before }, keys: undefined },
  ];
}
