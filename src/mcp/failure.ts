/** What an agent reads when a call fails: the error with a hint that it can act on. */
import { ERRORS, type ErrorCode, isTokenError, type XanoError } from '../index.js';

/** A failed call. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly details?: readonly string[];
  /** The database's own words, which may quote values of rows: data, not instructions. */
  readonly data?: string;
}

const LOG_IN = 'Ask the person to run `xano auth login` in a terminal. Do not ask for the token here.';
const READ_ONLY =
  'Write one SELECT statement: SQL cannot write here, and reaches no other file and no network.';
const SCHEMA = 'Correct the SQL; xano_schema lists tables and columns.';

/** DuckDB raises these before it reads a row, so their words are those of the SQL and of the schema. */
const BEFORE_ROWS = /^(Failed to extract statements: )?(Parser|Binder|Catalog|Syntax) Error/;

/** A call's error for an agent. Words that may quote rows are in `data`, never in the message. */
export function failureOf(error: XanoError): Failure {
  const { code, message, hint, details } = error;
  if (isTokenError(code)) return { code, message, hint: LOG_IN };
  if (code === 'QUERY_FAILED') return queryFailure(error);
  return { code, message, hint, ...(details.length === 0 ? {} : { details }) };
}

/** An error of a table with a hint for an agent. */
export function actionable({
  code,
  message,
  hint,
}: Pick<Failure, 'message' | 'hint'> & { readonly code: string }): {
  code: string;
  message: string;
  hint: string;
} {
  return { code, message, hint: isTokenError(code) ? LOG_IN : hint };
}

function queryFailure({ code, message, hint, cause }: XanoError): Failure {
  if (message.startsWith('A query can only read')) return { code, message, hint: READ_ONLY };
  const said = cause instanceof Error ? cause.message : undefined;
  // An error of this program has no cause, and quotes no row.
  if (said === undefined || BEFORE_ROWS.test(said) || !/^[\w ]+ Error: /.test(said))
    return { code, message, hint: hint === ERRORS.QUERY_FAILED.hint ? SCHEMA : hint };
  const [kind] = said.split(':');
  return {
    code,
    message: `The query failed while it read rows: ${kind}.`,
    hint: 'Correct the SQL, for example with TRY_CAST. The field "data" has the words of the database.',
    data: message.slice(0, 500),
  };
}
