/** The one error of this project, and the table of every code it can carry. */

/**
 * What a code means for a script: its exit status, and the hint given where the thrower knows no better one.
 */
export interface ErrorMeaning {
  readonly exit: number;
  readonly meaning: string;
  readonly hint: string;
}

/**
 * Every code an error can carry. Exit statuses: 1 a bug · 2 usage or config · 4 log in · 5 Xano · 6
 * destination · 7 partial or incomplete · 130 interrupted. Codes and statuses are stable: scripts may rely on
 * them.
 */
export const ERRORS = {
  BUG: {
    exit: 1,
    meaning: 'a bug in xano-connector',
    hint: 'Run again with --debug and report what it prints.',
  },
  USAGE: { exit: 2, meaning: 'invalid command line', hint: 'See `xano --help`.' },
  CONFIG_INVALID: {
    exit: 2,
    meaning: 'an endpoint config or setting is not valid',
    hint: 'Correct the named field, then run again.',
  },
  SELECTOR_EMPTY: {
    exit: 2,
    meaning: 'the data_selector finds no list in the answer',
    hint: 'Set data_selector to a list that the answer holds.',
  },
  QUERY_FAILED: {
    exit: 2,
    meaning: 'the SQL cannot be run',
    hint: 'Correct the SQL; `xano query "SHOW TABLES"` lists the tables in the file.',
  },
  TOKEN_MISSING: {
    exit: 4,
    meaning: 'no token was given',
    hint: 'Set XANO_TOKEN, or run `xano auth login`.',
  },
  TOKEN_EXPIRED: {
    exit: 4,
    meaning: 'the token has expired',
    hint: 'Make a new token in Xano (Instances → Metadata API → Access Tokens), then run `xano auth login`.',
  },
  TOKEN_REJECTED: {
    exit: 4,
    meaning: 'the token is not accepted',
    hint: 'Copy the whole token again, or make a new one in Xano (Instances → Metadata API → Access Tokens).',
  },
  SCOPE_MISSING: {
    exit: 4,
    meaning: 'the token may not do this',
    hint: 'Give the token Read on Database, Content, Live Data Source and API Groups.',
  },
  RATE_LIMITED: {
    exit: 5,
    meaning: 'the server kept refusing requests because of its rate limit',
    hint: 'Wait a minute and run again, or ask for larger pages with --page-size.',
  },
  XANO_UNREACHABLE: {
    exit: 5,
    meaning: 'the server did not answer',
    hint: 'Check the address and the network, then run again.',
  },
  XANO_FAILED: {
    exit: 5,
    meaning: 'the server answered with an error',
    hint: 'Run again later; --debug shows the request.',
  },
  RESPONSE_UNEXPECTED: {
    exit: 5,
    meaning: 'the answer is not what was expected',
    hint: 'Check the address; --debug shows the request.',
  },
  PAGINATION_LOOP: {
    exit: 5,
    meaning: 'pagination is not advancing',
    hint: 'Check the pagination of this endpoint config.',
  },
  DATABASE_LOCKED: {
    exit: 6,
    meaning: 'another program has the destination open',
    hint: 'Close that program, or load into another file with --to.',
  },
  DATABASE_FAILED: {
    exit: 6,
    meaning: 'the destination cannot be used',
    hint: 'Name another file with --to.',
  },
  EXTENSION_MISSING: {
    exit: 6,
    meaning: 'an extension of DuckDB is missing or does not load',
    hint: 'Allow access to extensions.duckdb.org once, or name a folder with --extension-dir.',
  },
  OUTPUT_FAILED: {
    exit: 6,
    meaning: 'the result cannot be written',
    hint: 'Free disk space or write elsewhere, then run again.',
  },
  NOTICE_FAILED: {
    exit: 6,
    meaning: 'a notice did not reach its receiver',
    hint: 'Correct the variable that holds its address, then run `xano notify test` again.',
  },
  INCOMPLETE: {
    exit: 7,
    meaning: 'fewer rows arrived than the server counts, so nothing was replaced',
    hint: 'Run the same command again.',
  },
  SHRUNK: {
    exit: 7,
    meaning: 'a table would lose too many rows, so nothing was changed',
    hint: 'If that is intended, run again with --allow-empty or --allow-shrink.',
  },
  VALUES_REJECTED: {
    exit: 7,
    meaning: 'values did not fit their columns',
    hint: 'Run without --strict to store them in _xano.rejects.',
  },
  LOAD_PARTIAL: {
    exit: 7,
    meaning: 'some resources were loaded and some were not',
    hint: 'Run the same command again for those that failed.',
  },
  STALE: {
    exit: 7,
    meaning: 'a table was not loaded recently enough',
    hint: 'Run `xano load`, then find out why earlier loads did not refresh the table.',
  },
  RUN_MISSED: {
    exit: 7,
    meaning: 'a planned load did not start',
    hint: 'See whether the scheduler runs, and whether this computer was on: `xano schedule install` sets it up.',
  },
  TIME_OVER: {
    exit: 7,
    meaning: 'the time limit set with --max-duration was reached',
    hint: 'Run the same command again: it continues where it stopped.',
  },
  INTERRUPTED: {
    exit: 130,
    meaning: 'stopped by the user',
    hint: 'Run the same command again: it continues where it stopped.',
  },
} as const satisfies Record<string, ErrorMeaning>;

/** A stable name for what went wrong. */
export type ErrorCode = keyof typeof ERRORS;

/** The request an error is about: safe to print, it never holds a credential. */
export interface FailedRequest {
  readonly method: string;
  readonly url: string;
  readonly status?: number;
  readonly trace_id?: string;
  /** The proxy that the request goes through, as host:port. */
  readonly proxy?: string;
}

/** What an error looks like in a report or under `--json`. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  /** Absent where there are none. */
  readonly details?: readonly string[];
}

/**
 * Which other requests a failure rules out: all with the same credentials wherever they are sent
 * (`credentials`: no login could be had), or those to the same server (`credentials_at_server`: it refuses
 * the token itself).
 */
export type RuledOut = 'credentials' | 'credentials_at_server';

/** What a XanoError may know beside its code and sentence. */
export interface XanoErrorOptions {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  readonly request?: FailedRequest | undefined;
  /** Whether the same request would fail in the same way again, so that it is not sent again. */
  readonly lasting?: boolean | undefined;
  readonly rules_out?: RuledOut | undefined;
  /** The server's own words of a refusal, without secrets. */
  readonly said?: string | undefined;
  /** What the message sums up, one sentence each, such as every mistake in a file. */
  readonly details?: readonly string[];
}

/**
 * The only error thrown on purpose: a code, one sentence, a hint that fixes it, and the request it is about.
 */
export class XanoError extends Error {
  override readonly name = 'XanoError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly request: FailedRequest | undefined;
  readonly lasting: boolean;
  /** Undefined where only this one request is known to fail. */
  readonly rules_out: RuledOut | undefined;
  /** The server's own words of a refusal, without secrets; undefined where it gave none. */
  readonly said: string | undefined;
  /** What the message sums up, one sentence each; empty where it says everything. */
  readonly details: readonly string[];

  constructor(code: ErrorCode, message: string, options: XanoErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? ERRORS[code].hint;
    this.request = options.request;
    this.lasting = options.lasting === true;
    this.rules_out = options.rules_out;
    this.said = options.said;
    this.details = options.details ?? [];
  }
}

/**
 * The same error with other facts beside its code and sentence; the one it was becomes its cause unless
 * another is given.
 */
export function amended(
  error: XanoError,
  changes: XanoErrorOptions & { readonly message?: string },
): XanoError {
  const { hint, request, lasting, rules_out, said, details, cause = error.cause } = error;
  const { message = error.message, ...options } = changes;
  const facts = { hint, request, lasting, rules_out, said, details, cause };
  return new XanoError(error.code, message, { ...facts, ...options });
}

/** Any thrown value as a XanoError: itself, or a BUG that keeps the original as its cause. */
export function asXanoError(thrown: unknown): XanoError {
  if (thrown instanceof XanoError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new XanoError('BUG', `Something unexpected happened: ${message}`, { cause: thrown });
}

/**
 * Whether an error says that all was stopped, by the user or because the time was over: nothing failed, and
 * nothing is to be asked for any more.
 */
export function isStop({ code }: Pick<XanoError, 'code'>): boolean {
  return code === 'INTERRUPTED' || code === 'TIME_OVER';
}

const TOKEN_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'TOKEN_MISSING',
  'TOKEN_EXPIRED',
  'TOKEN_REJECTED',
]);

/**
 * Whether a code means that a token is missing or refused. SCOPE_MISSING does not: that token works for other
 * requests.
 */
export function isTokenError(code: string): boolean {
  return TOKEN_CODES.has(code);
}

/**
 * Whether a failure leaves no reason to ask for anything else with the same credentials: they are refused or
 * missing, all was stopped, or it is a bug.
 */
export function endsEverything(error: XanoError): boolean {
  const { code, rules_out, request } = error;
  const isOwn = isTokenError(code) && request === undefined;
  return isStop(error) || code === 'BUG' || rules_out !== undefined || isOwn;
}

/** The command that saves a token in a profile, for hints. */
export function loginCommand(profile: string): string {
  return `xano auth login --profile ${profile}`;
}

/** The exit status of an error. */
export function exitStatus(error: XanoError): number {
  return ERRORS[error.code].exit;
}

/** The part of an error that reports and `--json` show. */
export function errorReport(error: XanoError): ErrorReport {
  const { code, message, hint, details } = error;
  return { code, message, hint, ...(details.length === 0 ? {} : { details }) };
}
