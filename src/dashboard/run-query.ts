/** Runs one query for a page: read-only, with limits on time, memory, rows and bytes. */
import { type Store, valueAsText, XanoError } from '../index.js';
import type { SessionContext } from '../session/context.js';
import { steadyClock } from '../session/context.js';
import type { RowsAnswer } from './answers.js';

/** The longest time of a query. Milliseconds. */
const LONGEST_MS = 30_000;
/** The most rows that a page shows at a time. */
export const MOST_ROWS = 1_000;
/** The most characters of all cells of an answer. */
const MOST_CHARACTERS = 8_000_000;
/** The most characters of one cell: a page cannot show more, and `xano query` prints the rest. */
const MOST_OF_CELL = 2_000;
/** Of DuckDB, so that a page's query leaves the computer to others. */
const LIMITS = { memory_mb: 512, threads: 2 };

/**
 * Runs a query and keeps its first rows. `client` is aborted when the browser no longer waits. Throws what
 * `Store.query` throws, and QUERY_FAILED after 30 s.
 */
export async function runQuery(
  store: Store,
  sql: string,
  context: SessionContext,
  client: AbortSignal,
): Promise<RowsAnswer> {
  const time = steadyClock(context);
  const started = time();
  const late = AbortSignal.timeout(LONGEST_MS);
  const signal = AbortSignal.any([late, client, context.signal]);
  try {
    return await store.query(
      sql,
      async ({ columns, batches }) => {
        const kept = createCells();
        for await (const batch of batches()) if (!kept.take(batch)) break;
        return { columns, ...kept.result(), duration_ms: Math.round(time() - started) };
      },
      { sleep: context.sleep, signal, limits: LIMITS },
    );
  } catch (thrown) {
    if (!late.aborted) throw thrown;
    throw new XanoError('QUERY_FAILED', `The query took longer than ${LONGEST_MS / 1000} seconds.`, {
      hint: 'Ask for less, or run it with `xano query`.',
      cause: thrown,
    });
  }
}

type Batch = Parameters<Parameters<Store['query']>[1]>[0] extends {
  batches: () => AsyncGenerator<infer Rows>;
}
  ? Rows
  : never;

/** Keeps rows as texts until one of the limits is reached. */
function createCells(): {
  /** Returns false when no further row is wanted. */
  readonly take: (batch: Batch) => boolean;
  readonly result: () => Pick<RowsAnswer, 'rows' | 'cut' | 'stopped_at'>;
} {
  const rows: (string | null)[][] = [];
  const cut: RowsAnswer['cut'][number][] = [];
  let characters = 0;
  let stopped_at: RowsAnswer['stopped_at'] = null;
  const cell = (text: string | null, column: number): string | null => {
    if (text === null) return null;
    const shown = text.length > MOST_OF_CELL ? beginningOf(text) : text;
    if (shown !== text) cut.push({ row: rows.length, column, characters: text.length });
    characters += shown.length;
    return shown;
  };
  return {
    take: (batch) => {
      for (const row of batch) {
        if (rows.length === MOST_ROWS) stopped_at = 'rows';
        else if (characters >= MOST_CHARACTERS) stopped_at = 'bytes';
        if (stopped_at !== null) return false;
        rows.push(row.map((value, column) => cell(valueAsText(value), column)));
      }
      return true;
    },
    result: () => ({ rows, cut, stopped_at }),
  };
}

/** Never half of a character that takes two code units. */
const beginningOf = (text: string): string => text.slice(0, MOST_OF_CELL).replace(/[\ud800-\udbff]$/, '');
