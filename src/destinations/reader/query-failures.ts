/** Turns DuckDB's messages about a query into errors with a hint. */
import { XanoError } from '../../errors.js';
import { oneLine } from '../../plain-text.js';
import { databaseFailure } from '../engine/failures.js';

const HINT_READS_ONLY =
  'To change the file, open it with the duckdb program while no load runs; the next load replaces the rows that it reads.';

const HINT_OUTSIDE =
  'Redirect results into a file: xano query "…" --csv > FILE. For everything else, use the duckdb program.';

/** The error of a statement that would change data. */
export function readsOnly(statement: string): XanoError {
  // DuckDB has one name for both.
  const named = statement === 'LOAD' ? 'INSTALL or LOAD' : statement;
  return new XanoError('QUERY_FAILED', `A query can only read: ${named} is not allowed.`, {
    hint: HINT_READS_ONLY,
  });
}

/** Failures of these kinds concern the file, not the query. */
const OF_THE_FILE = /^(IO|FATAL|INTERNAL|Serialization) Error|Could not set lock|Corrupt database/;

/**
 * A query's failure as a XanoError. `attached` is the internal name of the file: messages must not show it.
 */
export function queryFailure(
  thrown: unknown,
  { label: path, container }: { readonly label: string; readonly container: string },
  attached: string,
  signal: AbortSignal | undefined,
): XanoError {
  if (thrown instanceof XanoError) return thrown;
  if (signal?.aborted === true)
    return new XanoError('INTERRUPTED', 'The query was stopped.', { hint: 'Run it again.', cause: thrown });
  if (thrown instanceof Error && /Cannot create a string longer|Invalid string length/.test(thrown.message))
    return new XanoError(
      'QUERY_FAILED',
      'A value of the result is longer than 512 MiB, the most that xano can print.',
      {
        hint: 'Select a part of it, such as left(column, 1000), or its length.',
        cause: thrown,
      },
    );
  const message =
    thrown instanceof Error ? thrown.message.replace(/^Failed to extract statements: /, '') : '';
  // An empty text has no statement, and no message either.
  if (message === 'Error in native callback')
    return new XanoError('QUERY_FAILED', 'The SQL contains no statement.', {
      hint: 'Give one: xano query "SELECT count(*) FROM orders".',
      cause: thrown,
    });
  if (!/^[\w ]+ Error: /.test(message) || OF_THE_FILE.test(message)) return databaseFailure(thrown, path);
  const refused = /Cannot execute statement of type "([^"]+)" on database /.exec(message);
  const writes =
    refused !== null && message.includes(' read-only mode', refused.index) ? refused[1] : undefined;
  if (writes !== undefined)
    return new XanoError('QUERY_FAILED', readsOnly(writes).message, {
      hint: HINT_READS_ONLY,
      cause: thrown,
    });
  const [firstPart = '', ...rest] = message.replace(/^[\w ]+ Error: /, '').split('\n\n');
  const sentence = oneLine(firstPart).replaceAll(`${attached}.`, '');
  if (/disabled by configuration|disabled through configuration|has been locked/.test(sentence))
    return new XanoError(
      'QUERY_FAILED',
      `A query can only read the ${container} ${path}: ${ended(sentence)}`,
      {
        hint: HINT_OUTSIDE,
        cause: thrown,
      },
    );
  return new XanoError('QUERY_FAILED', ended(sentence), { hint: whereInSql(rest), cause: thrown });
}

const ended = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`);

/**
 * DuckDB prints the line with a caret below the position; on a terminal that wraps lines, the caret would be
 * misplaced.
 */
function whereInSql(rest: readonly string[]): string | undefined {
  const lines = rest.join('\n').split('\n');
  const at = lines.findIndex((line) => /^LINE \d{1,9}: /.test(line));
  const [, line, shown = ''] = /^LINE (\d{1,9}): (.*)$/.exec(lines[at] ?? '') ?? [];
  const caret = /^( *)\^/.exec(lines[at + 1] ?? '')?.[1] ?? '';
  if (line === undefined) return undefined;
  const near = shown.slice(Math.max(0, caret.length - `LINE ${line}: `.length)).trim();
  const short = near.length > 40 ? `${near.slice(0, 40)}…` : near;
  return `Look at line ${line} of the SQL${short === '' ? '' : `, at: ${short}`}`;
}
