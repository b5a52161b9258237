/**
 * The data of the sandbox: what its APIs serve, in Xano's own words and wire spellings.
 * In: definitions of tables, API groups and endpoints (`define.ts`), and seeded random rows.
 * Out: instances that `api/` reads: the shop, every type, every shape of list.
 */

import type { JsonObject } from '../../json.js';

/** The names a field's `type` may have: the list in Xano's specification of `PUT …/schema`. */
export const FIELD_TYPES = [
  'attachment',
  'audio',
  'bool',
  'date',
  'decimal',
  'email',
  'enum',
  'geo_linestring',
  'geo_multilinestring',
  'geo_multipoint',
  'geo_multipolygon',
  'geo_point',
  'geo_polygon',
  'image',
  'int',
  'json',
  'object',
  'password',
  'text',
  'timestamp',
  'uuid',
  'vector',
  'video',
] as const;

/** One of Xano's field types. */
export type FieldType = (typeof FIELD_TYPES)[number];

/**
 * A column, spelled exactly as `GET …/schema` sends it: captures show keys absent where they do not apply.
 */
export interface LocalField {
  readonly name: string;
  readonly type: FieldType;
  readonly description: string;
  readonly nullable: boolean;
  /** Always text, `''` for none: captures show `"now"` and `"0"`. */
  readonly default: string;
  readonly required: boolean;
  readonly access: 'public' | 'private' | 'internal';
  readonly style: 'single' | 'list';
  /** Of text columns. */
  readonly format?: string;
  /** Of enum columns. */
  readonly values?: readonly string[];
  /** Whether Xano marks it so. */
  readonly sensitive?: boolean;
  /** Of foreign keys, whose type stays `int` or `uuid`. */
  readonly tableref_id?: number;
  /** Of object columns. */
  readonly children?: readonly LocalField[];
  /** Of vector columns. */
  readonly vector?: { readonly size: number };
}

/** An index, as `GET …/index` sends it; the id is eight hexadecimal digits. */
export interface LocalIndex {
  readonly type: string;
  readonly fields: readonly { readonly name: string; readonly op?: string }[];
  readonly id: string;
}

/** What `id` holds: an integer of up to 64 bits, or a UUID in lower case. */
export type RowKey = bigint | string;

/** A row as the raw JSON text that is served, so that no number, escape or repeated key is ever rewritten. */
export interface LocalRow {
  readonly key: RowKey;
  readonly json: string;
}

/**
 * The rows of one table in one data source; they change only through `insertRow`, `updateRow`, `deleteRow`.
 */
export interface LocalRows {
  /** As they lie in the database: an updated row moves to the end, as in PostgreSQL. */
  readonly stored: readonly LocalRow[];
  /** The same rows, ascending by key. */
  readonly sorted: readonly LocalRow[];
  /** Counts the changes made so far. */
  readonly version: number;
}

/** A table. Times are spelled as Xano's metadata spells them, `2026-01-11 21:14:24+0000`. */
export interface LocalTable {
  readonly id: number;
  /** 27 URL-safe characters. */
  readonly guid: string;
  readonly name: string;
  readonly description: string;
  readonly docs: string;
  /** Whether users log in with this table. */
  readonly auth: boolean;
  readonly tag: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly schema: readonly LocalField[];
  readonly index: readonly LocalIndex[];
  /** Keyed by the data source's label; a data source that is missing here has no rows. */
  readonly rows: { readonly [dataSource: string]: LocalRows };
}

/** What an endpoint of an API group does. The table is named as in the workspace. */
export type LocalResponse =
  /** Xano's "Query all records": a bare array. */
  | { readonly kind: 'all'; readonly table: string }
  /** The whole list under a key of the author's. */
  | { readonly kind: 'list'; readonly table: string; readonly under: string }
  /**
   * Xano's paging, perhaps under a key of the author's, or several with dots between; totals only where the
   * author turned them on.
   */
  | {
      readonly kind: 'pages';
      readonly table: string;
      readonly under?: string;
      /** False: whichever page is asked for, the first one comes. */
      readonly obeyed?: boolean;
      readonly totals: boolean;
      readonly paging: 'page' | 'external';
      readonly per_page: number;
    }
  /**
   * An author's own format: `{data, currentPage, totalPages, total}`, requested with `page` and `pageSize`.
   */
  | { readonly kind: 'data'; readonly table: string; readonly page_size: number }
  /** One row, by the path input of this name. */
  | { readonly kind: 'row'; readonly table: string; readonly path_input: string }
  /** Answers 404, like an endpoint whose record was deleted. */
  | { readonly kind: 'gone' }
  /** Accepts an order and stores nothing. */
  | { readonly kind: 'accept' }
  /** Checks an email and a password against a login table. */
  | { readonly kind: 'login'; readonly table: string }
  /** The row of the logged-in user. */
  | { readonly kind: 'me'; readonly table: string };

/** An endpoint of an API group; its `name` is its path, such as `products/{product_id}`. */
export interface LocalEndpoint {
  readonly id: number;
  readonly guid: string;
  readonly name: string;
  readonly description: string;
  readonly verb: 'GET' | 'POST';
  readonly created_at: string;
  readonly updated_at: string;
  /** The login table whose tokens it requires, or false. */
  readonly auth: false | { readonly id: number; readonly name: string };
  readonly input: readonly LocalField[];
  readonly response: LocalResponse;
}

/** An API group, served at `/api:{canonical}`. */
export interface LocalApiGroup {
  readonly id: number;
  readonly guid: string;
  readonly name: string;
  readonly description: string;
  readonly docs: string;
  readonly canonical: string;
  readonly branch: string;
  /** Whether `/apispec:{canonical}` shows the group's OpenAPI document to anybody. */
  readonly swagger: boolean;
  readonly tag: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly endpoints: readonly LocalEndpoint[];
}

/** A branch: business logic only, tables are not branched. Its label is its key. */
export interface LocalBranch {
  readonly created_at: string;
  readonly label: string;
  readonly backup: boolean;
  readonly live: boolean;
}

/** A workspace; `branch` is the label of its live branch. */
export interface LocalWorkspace {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly branch: string;
  readonly branches: readonly LocalBranch[];
  readonly data_sources: readonly { readonly color: string; readonly label: string }[];
  readonly tables: readonly LocalTable[];
  readonly api_groups: readonly LocalApiGroup[];
  /**
   * What its histories hold beside the calls that the server logs itself; rows may be added while it runs.
   */
  readonly history?: Readonly<
    Partial<Record<'requests' | 'tasks' | 'functions', readonly LocalHistoryRow[]>>
  >;
}

/** A row of a history. */
export interface LocalHistoryRow {
  readonly id: number;
  /** Milliseconds since 1970; one that is still to come is not listed. */
  readonly at: number;
  readonly fields: JsonObject;
}

/** An instance: one host, its workspaces. */
export interface LocalInstance {
  /** The machine name, such as `x1234-4567-8901`. */
  readonly name: string;
  readonly display: string;
  readonly rate_limit: boolean;
  readonly workspaces: readonly LocalWorkspace[];
  /** The loopback port; any free one when absent. */
  readonly port?: number;
}
