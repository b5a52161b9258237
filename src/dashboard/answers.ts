/** What the dashboard's server answers with, as JSON: the server makes these objects, the pages draw them. */
import type {
  ErrorReport,
  LoadReport,
  PastLoad,
  QueryColumn,
  ResourceReport,
  SchemaTable,
  WaitTotal,
} from '../index.js';
import type { StatusReport } from '../session/status-report.js';
import type { TokenAccess } from '../session/tokens/token-access.js';

/** `GET /api/status`: the object that `xano status --json` prints. */
export interface StatusAnswer extends StatusReport {
  /** With `xano serve`: the next planned load, ISO 8601, UTC; null where none comes. Else absent. */
  readonly next_run?: string | null;
}

/** `GET /api/schema`: the object that `xano schema --to FILE --json` prints. */
export interface SchemaAnswer {
  readonly instance: null;
  readonly workspace: null;
  readonly file: string;
  readonly tables: readonly SchemaTable[];
}

/** `GET /api/loads`: past loads, the newest first. */
export interface LoadsAnswer {
  readonly loads: readonly PastLoad[];
}

/** The part of a resource's report that pages show. */
export type ShownResource = Pick<
  ResourceReport,
  | 'resource'
  | 'target'
  | 'status'
  | 'write_disposition'
  | 'completeness'
  | 'rows_expected'
  | 'rows_read'
  | 'rows_written'
  | 'rows_deleted'
  | 'rows_total'
  | 'values_rejected'
  | 'schema_changes'
  | 'read_by'
  | 'requests'
  | 'pages'
  | 'bytes'
  | 'duration_ms'
  | 'resumed'
> & {
  readonly waits?: readonly WaitTotal[];
  /** Rows that share their key with another row. */
  readonly rows_same_key?: number;
  /** Its code may be one of a newer version. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
};

/** The part of a stored report that pages show. A load that was killed has no end and lists no resources. */
export interface ShownReport extends Pick<LoadReport, 'load_id' | 'started_at' | 'requests' | 'bytes'> {
  readonly status: PastLoad['status'];
  readonly finished_at: string | null;
  readonly resources: readonly ShownResource[];
}

/** `GET /api/reports`: the newest load reports, the newest first. */
export interface ReportsAnswer {
  readonly reports: readonly ShownReport[];
}

/** Rows of a query. Cells are texts as `xano query --csv` spells them, and null is NULL. */
export interface RowsAnswer {
  readonly columns: readonly QueryColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Cells whose text was cut, with the number of characters that they have. */
  readonly cut: readonly { readonly row: number; readonly column: number; readonly characters: number }[];
  /** Why rows are missing at the end; null where none are. */
  readonly stopped_at: 'rows' | 'bytes' | null;
  /** Milliseconds. */
  readonly duration_ms: number;
}

/** `POST /api/access`: what Xano says of the token of the next load. Never the token. */
export type AccessAnswer = TokenAccess;

/** `POST /api/downloads`: the address of a file, which works once within 30 seconds. */
export interface DownloadAnswer {
  readonly path: string;
  /** The name of the file. */
  readonly name: string;
}

/** What `xano status --html` stores in its file: the answers that the pages are drawn from. */
export interface StoredAnswers extends ReportsAnswer {
  readonly status: StatusAnswer;
  readonly schema: SchemaAnswer;
}

/** Every answer with another status than 200. */
export interface ErrorAnswer {
  readonly error: Pick<ErrorReport, 'code' | 'message' | 'hint'> & { readonly details: readonly string[] };
}
