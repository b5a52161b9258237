/** Times as ISO 8601 writes them. Pure. */
import type { QueryColumn, QueryValue, RunningQuery } from '../index.js';

/** DuckDB and Postgres spell this type in upper and in lower case. */
const TIMES = /^timestamp with time zone((?:\[\d*\])*)$/i;

/** `2026-01-01 10:00:00.5+00`, which both write where the time zone is UTC. */
const SPELLED = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00(?::00)?$/;

/** Whether the values of a column are points in time. */
export const isTime = ({ type }: QueryColumn): boolean => TIMES.exec(type)?.[1] === '';

/**
 * A time in UTC as `2026-01-01T10:00:00.5Z`. ISO 8601 has no spelling for years beyond 9999 and before 1, nor
 * for infinity: these stay as the database writes them.
 */
export const isoTime = (text: string): string => text.replace(SPELLED, '$1T$2Z');

/** The same query, with times, and times in lists, as {@link isoTime} writes them. */
export function withIsoTimes({ columns, batches }: RunningQuery): RunningQuery {
  const times = columns.flatMap(({ type }, i) => (TIMES.test(type) ? [i] : []));
  if (times.length === 0) return { columns, batches };
  return {
    columns,
    batches: async function* () {
      for await (const batch of batches())
        yield batch.map((row) => {
          const written = [...row];
          for (const i of times) written[i] = isoValue(row[i] ?? null);
          return written;
        });
    },
  };
}

function isoValue(value: QueryValue): QueryValue {
  if (typeof value === 'string') return isoTime(value);
  return Array.isArray(value) ? value.map((one: QueryValue) => isoValue(one)) : value;
}
