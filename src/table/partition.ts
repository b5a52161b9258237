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

/** A partition as people write it: `month(created_at)`. */
export const partitionText = ({ unit, column }: Partition): string => `${unit}(${column})`;
