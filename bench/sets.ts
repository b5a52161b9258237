/**
 * The kinds of records the benchmark moves: their columns in Xano's words, the same in DuckDB's, and what
 * proves that all arrived.
 */

/** A column as Xano's schema has it, and what DuckDB reads its JSON as. */
export interface BenchColumn {
  readonly name: string;
  readonly type: string;
  readonly style: 'single' | 'list';
  readonly nullable: boolean;
  readonly values?: readonly string[];
  /** The type in the table that is loaded. */
  readonly stored: string;
  /** The type that DuckDB's JSON reader is told; where it differs, the value is converted on the way. */
  readonly read: string;
}

/** Which kind of records. */
export type SetName = 'orders' | 'tracked' | 'flights';

/** A kind of records. */
export interface BenchSet {
  readonly name: SetName;
  readonly columns: readonly BenchColumn[];
  /**
   * What is compared after each run: name and SQL over one row source. Whole numbers all, so that no order of
   * adding matters.
   */
  readonly checks: Readonly<Record<string, string>>;
}

/** What the checks come to: whole numbers, below 2^53. */
export type Facts = Readonly<Record<string, number>>;

const column = (
  name: string,
  type: string,
  stored: string,
  rest: Partial<BenchColumn> = {},
): BenchColumn => ({ name, type, style: 'single', nullable: false, stored, read: stored, ...rest });

const timestamp = (name: string): BenchColumn => column(name, 'timestamp', 'TIMESTAMPTZ', { read: 'BIGINT' });

/** The states of an order. */
export const STATUSES = ['new', 'paid', 'packed', 'shipped', 'delivered', 'returned'] as const;

const AFTER_TIMES: readonly BenchColumn[] = [
  column('name', 'text', 'VARCHAR'),
  column('email', 'email', 'VARCHAR'),
  column('active', 'bool', 'BOOLEAN'),
  column('price', 'decimal', 'DOUBLE'),
  column('birthday', 'date', 'DATE'),
  column('status', 'enum', 'VARCHAR', { values: STATUSES }),
  column('meta', 'object', 'JSON', { read: 'VARCHAR' }),
  column('tags', 'text', 'VARCHAR[]', { style: 'list' }),
  column('bio', 'text', 'VARCHAR'),
  column('score', 'int', 'BIGINT', { nullable: true }),
];

const COUNTED = { rows: 'count(*)', distinct_ids: 'count(DISTINCT id)', ids: 'sum(id)' };
const ORDER_CHECKS = {
  ...COUNTED,
  cents: 'sum(CAST(round(price * 100) AS BIGINT))',
  bio_characters: 'sum(length(bio))',
};

/** All kinds: twelve columns of everyday types, the same with `updated_at`, and real flights. */
export const SETS: Readonly<Record<SetName, BenchSet>> = {
  orders: {
    name: 'orders',
    columns: [column('id', 'int', 'BIGINT'), timestamp('created_at'), ...AFTER_TIMES],
    checks: ORDER_CHECKS,
  },
  tracked: {
    name: 'tracked',
    columns: [
      column('id', 'int', 'BIGINT'),
      timestamp('created_at'),
      timestamp('updated_at'),
      ...AFTER_TIMES,
    ],
    checks: ORDER_CHECKS,
  },
  flights: {
    name: 'flights',
    columns: [
      column('id', 'int', 'BIGINT'),
      timestamp('date'),
      column('delay', 'int', 'BIGINT'),
      column('distance', 'int', 'BIGINT'),
      column('origin', 'text', 'VARCHAR'),
      column('destination', 'text', 'VARCHAR'),
    ],
    checks: { ...COUNTED, distance: 'sum(distance)', delay: 'sum(delay)', letters: 'sum(length(origin))' },
  },
};

/**
 * How ids are spread: without gaps, with a small one now and then, or with a few that are wider than what
 * lies between them.
 */
export type Gaps = 'none' | 'some' | 'wide';

/**
 * Ids begin here and have eight digits, however many rows there are: a record's id can be replaced in place.
 */
const FIRST_ID = 10_000_000;

/** Throws where so many rows would need ids of more digits. */
export function assertIdsFit(rows: number, gaps: Gaps): void {
  if (idAt(rows, gaps) >= FIRST_ID * 10)
    throw new Error(`There are not enough ids of eight digits for ${rows} rows with gaps: ${gaps}.`);
}

/** The id of the row at a place; ascending. */
export function idAt(place: number, gaps: Gaps): number {
  if (gaps === 'some') return FIRST_ID + place + Math.floor(place / 97) * 10;
  if (gaps === 'wide') return FIRST_ID + place + Math.floor(place / 50_000) * 200_000;
  return FIRST_ID + place;
}

/** The SQL that brings a column from what the JSON reader gives to what is stored. */
export function storedExpression({ name, stored, read }: BenchColumn): string {
  if (stored === 'TIMESTAMPTZ') return `make_timestamptz("${name}" * 1000)`;
  return stored === read ? `"${name}"` : `"${name}"::${stored}`;
}
