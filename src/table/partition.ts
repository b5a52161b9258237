/** How the rows of a table are spread over files: by the year, month or day of a column. Pure. */

/** The units of {@link Partition}. */
export const PARTITION_UNITS = ['year', 'month', 'day'] as const;

/** A table has files of its own for each year, month or day of a timestamp, in UTC, or of a date. */
export interface Partition {
  readonly unit: (typeof PARTITION_UNITS)[number];
  /** As the source spells it. */
  readonly column: string;
}

/** Reads `month(created_at)`; undefined where the text has another form or unit. */
export function parsePartition(text: string): Partition | undefined {
  const [, name, column] = /^\s*([a-z]+)\s*\((.+)\)\s*$/is.exec(text) ?? [];
  const unit = PARTITION_UNITS.find((one) => one === name?.toLowerCase());
  return unit === undefined || column === undefined ? undefined : { unit, column: column.trim() };
}

/** What a config says of a column. */
interface ConfiguredColumn {
  readonly name: string;
  readonly type: string;
  readonly list: boolean;
  readonly mask?: unknown;
}

/** What is wrong with a text that {@link parsePartition} does not read, as the rest of a sentence. */
export const wrongPartition = (text: unknown): string =>
  `found ${JSON.stringify(text)}; allowed is year, month or day of a column, such as month(created_at)`;

/**
 * Why a table cannot be divided by a column: it is left out, missing, masked, or no timestamp and no date.
 */
export type PartitionFault = 'excluded' | 'missing' | 'masked' | 'timeless';

/**
 * Why a table cannot be divided by the column of this name; undefined where it can. `columns`: undefined
 * where only the rows will show them.
 */
export function partitionFault(
  name: string,
  columns: readonly ConfiguredColumn[] | undefined,
  excluded: readonly string[],
): PartitionFault | undefined {
  const found = columns?.find((column) => column.name === name);
  if (excluded.includes(name)) return 'excluded';
  if (found === undefined) return columns === undefined ? undefined : 'missing';
  if (found.mask !== undefined) return 'masked';
  return hasTimes(found) ? undefined : 'timeless';
}

/** Whether the values of a column are timestamps or dates. */
export const hasTimes = ({ type, list }: Pick<ConfiguredColumn, 'type' | 'list'>): boolean =>
  !list && (type === 'TIMESTAMPTZ' || type === 'DATE');

/** A partition as people write it: `month(created_at)`. */
export const partitionText = ({ unit, column }: Partition): string => `${unit}(${column})`;
